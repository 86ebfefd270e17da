/* SPDX-License-Identifier: Apache-2.0 */
/* Is a backup what it was? Files by their hashes, the store by SQLite's own check, the journal by its chain. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/backup.h"
#include "cli/evidence.h"


bool cli_backup_is_name(const char *name)
{
    static const char shape[] = "ddddddddTddddddZ";
    size_t i = 0;

    for (; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
            return false;
    if (name[i] == '\0')
        return true;
    return name[i] == '_' && strspn(name + i + 1, "0123456789") == strlen(name + i + 1) && name[i + 1] != '\0' &&
           strlen(name) < CLI_BACKUP_NAME_SIZE;
}

int cli_backup_newest(int folder, char name[CLI_BACKUP_NAME_SIZE], struct cli_backup_fault *fault)
{
    struct cli_backup_names names = {.items = NULL};
    int rc = cli_backup_list(folder, ".", &names, fault);

    name[0] = '\0';
    for (size_t i = 0; i < names.count; i++)
        if (names.items[i].is_folder && cli_backup_is_name(names.items[i].text))
            snprintf(name, CLI_BACKUP_NAME_SIZE, "%.*s", CLI_BACKUP_NAME_SIZE - 1, names.items[i].text);
    cli_backup_names_fini(&names);
    return rc;
}

static int file_prove(struct cli_backup_copying *copying, const struct cli_backup_file *said, struct cli_backup_fault *fault)
{
    struct cli_backup_file found;
    int rc = cli_backup_take(copying->folder, said->path, copying->to, &found, fault);

    if (rc != OD_OK)
        return rc;
    if (found.size != said->size || memcmp(found.hash, said->hash, BASE_HASH_SIZE) != 0)
        return cli_backup_fail(fault, CLI_BACKUP_CHANGED, said->path);
    copying->done += found.size;
    cli_progress_show(&copying->progress,
                      copying->to >= 0 ? cli_say(copying->cli, "复制", "copying") : cli_say(copying->cli, "核对", "checking"),
                      copying->done, copying->manifest->byte_count);
    return OD_OK;
}

int cli_backup_files_prove(struct cli_backup_copying *copying, struct cli_backup_fault *fault)
{
    struct cli_backup_lines lines = {.file = NULL};
    struct cli_backup_file file;
    int rc = cli_backup_lines_open(copying->folder, &lines, fault);
    bool has_store = false;

    while (rc == OD_OK && (rc = cli_backup_lines_next(&lines, copying->manifest, &file, fault)) == OD_OK) {
        has_store = has_store || strcmp(file.path, "hub.db") == 0;
        rc = file_prove(copying, &file, fault);
    }
    cli_backup_lines_fini(&lines);
    cli_progress_clear(&copying->progress);
    if (fault->kind != CLI_BACKUP_FINE)
        return rc;
    return has_store ? OD_OK : cli_backup_fail(fault, CLI_BACKUP_MISSING, "hub.db");
}

static int store_fail(struct cli_backup_fault *fault, const char *text)
{
    snprintf(fault->text, sizeof(fault->text), "%s", text);
    return cli_backup_fail(fault, CLI_BACKUP_STORE, NULL);
}

int cli_backup_store_prove(const struct cli *cli, const char *folder, const struct cli_backup_manifest *manifest, bool *is_current,
                           struct cli_backup_fault *fault)
{
    struct store_still_facts facts = {.journal_last = 0};
    struct store_still *still = NULL;
    struct cli_progress progress = {.is_shown = false};
    char text[512] = "";
    int rc = store_still_open(folder, &still, text);

    if (rc == OD_OK) {
        cli_progress_show(&progress, cli_say(cli, "核对数据库", "checking the store"), 0, 1);
        rc = store_still_check(still, text);
        cli_progress_clear(&progress);
    }
    if (rc == OD_OK)
        rc = store_still_facts(still, &facts);
    store_still_close(still);
    if (rc != OD_OK)
        return store_fail(fault, text);
    if (facts.journal_last != manifest->seq || (manifest->seq > 0 && memcmp(facts.hash, manifest->hash, BASE_HASH_SIZE) != 0) ||
        facts.application_last != manifest->application_last)
        return cli_backup_fail(fault, CLI_BACKUP_OTHER, NULL);
    *is_current = facts.is_current;
    return OD_OK;
}

/* -- The journal -- */

/* Checkpoints of --against that attest more than the backup has say what is lost, and not that it is wrong. */
static void later_take(struct cli_evidence *evidence, uint64_t seq, uint64_t *lost)
{
    struct evidence_anchor *anchor = &evidence->anchor;
    size_t kept = 0;

    for (size_t i = 0; i < anchor->checkpoint_count; i++) {
        uint64_t last = evidence->checkpoints[i].note.last;

        if (last > seq && last > *lost)
            *lost = last;
        if (last <= seq)
            evidence->checkpoints[kept++] = evidence->checkpoints[i];
    }
    anchor->checkpoint_count = kept;
}

static int still_verify(const char *folder, struct cli_evidence *evidence, const struct evidence_report *report)
{
    struct store_still *still = NULL;
    struct store_reader *reader = NULL;
    int rc = store_still_open(folder, &still, evidence->text);

    if (rc == OD_OK)
        rc = store_still_reader(still, &reader, evidence->text);
    if (rc == OD_OK)
        rc = evidence_verify_reader(reader, &evidence->anchor, report, &evidence->figures);
    store_still_close(still);
    return rc;
}

int cli_backup_journal_prove(const struct cli *cli, const char *folder, bool is_still, const struct cli_backup_manifest *manifest, uint64_t *lost)
{
    struct cli_evidence evidence = {.cli = cli};
    int end = cli_evidence_begin(cli, &evidence, folder);

    if (end != CLI_DONE) {
        cli_evidence_fini(&evidence);
        return end;
    }
    later_take(&evidence, manifest->seq, lost);
    struct evidence_report report = cli_evidence_report(&evidence);
    int rc = is_still ? still_verify(folder, &evidence, &report)
                      : evidence_verify_store(folder, &evidence.anchor, &report, &evidence.figures, evidence.text);
    struct cli_backup_fault fault = {.kind = CLI_BACKUP_FINE};
    if (rc != OD_OK)
        (void)store_fail(&fault, evidence.text[0] != '\0' ? evidence.text : "The journal cannot be read to its end.");
    else if (evidence.figures.findings > 0)
        (void)cli_backup_fail(&fault, CLI_BACKUP_JOURNAL, NULL);
    else if (evidence.figures.last_seq != manifest->seq || (manifest->seq > 0 && memcmp(evidence.figures.hash, manifest->hash, BASE_HASH_SIZE) != 0))
        (void)cli_backup_fail(&fault, CLI_BACKUP_OTHER, NULL);
    end = fault.kind == CLI_BACKUP_FINE ? CLI_DONE : cli_backup_tell(cli, &fault);
    cli_evidence_fini(&evidence);
    return end;
}
