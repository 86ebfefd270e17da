/* SPDX-License-Identifier: Apache-2.0 */
/* What ran here, in loaded.json of the module store: written anew beside the old one, which
 * is replaced when the new one is on the disk.
 *   {"loaded": [{"module", "id", "sequence", "address", "signed"}, ...]} oldest first */
#include "package/stage_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "loaded.json"
#define DRAFT_NAME "loaded.json.draft"
#define FILE_MAX (4 * 1024 * 1024)
#define ROOM_STEP 64

static int make_room(struct package_stage *stage)
{
    if (stage->loaded_count < stage->loaded_room)
        return OD_OK;
    struct package_loaded *larger = base_realloc(stage->loaded, (stage->loaded_room + ROOM_STEP) * sizeof(*larger));
    if (larger == NULL)
        return OD_ENOMEM;
    stage->loaded = larger;
    stage->loaded_room += ROOM_STEP;
    return OD_OK;
}

static bool take_row(const struct base_json *item, struct package_loaded *row)
{
    const char *module = base_json_member_text(item, "module"), *id = base_json_member_text(item, "id");
    const char *address = base_json_member_text(item, "address");

    *row = (struct package_loaded){.is_signed = base_json_is_true(base_json_member(item, "signed"))};
    if (module == NULL || id == NULL || address == NULL || !package_name_is_valid(module, PACKAGE_NAME_MAX) ||
        !package_name_is_valid(id, BASE_ID_MAX) || base_unhex(address, row->address, BASE_HASH_SIZE) != OD_OK)
        return false;
    memcpy(row->module, module, strlen(module) + 1);
    memcpy(row->id, id, strlen(id) + 1);
    return base_json_i64(base_json_member(item, "sequence"), 0, (INT64_C(1) << 53) - 1, &row->sequence) == OD_OK;
}

static int take_rows(struct package_stage *stage, const struct base_json *root)
{
    const struct base_json *rows = base_json_member(root, "loaded");

    if (base_json_type(rows) != BASE_JSON_ARRAY || base_json_count(rows) > PACKAGE_LOADED_MAX)
        return OD_EINVAL;
    for (const struct base_json *item = base_json_first(rows); item != NULL; item = base_json_next(item)) {
        if (make_room(stage) != OD_OK)
            return OD_ENOMEM;
        if (!take_row(item, &stage->loaded[stage->loaded_count]))
            return OD_EINVAL;
        stage->loaded_count++;
    }
    return OD_OK;
}

int package_loaded_read(struct package_stage *stage, char message[PACKAGE_TEXT_SIZE])
{
    struct base_json_error error;
    struct base_json *root = NULL;
    char *bytes = NULL;
    size_t size = 0;
    int rc = package_file_read(stage->fd, FILE_NAME, FILE_MAX, &bytes, &size);

    if (rc == OD_ENOTFOUND)
        return OD_OK; /* nothing ran yet */
    if (rc == OD_OK)
        rc = base_json_parse(bytes, size, &root, &error);
    if (rc == OD_OK)
        rc = take_rows(stage, root);
    base_json_destroy(root);
    base_free(bytes);
    if (rc == OD_ENOMEM)
        snprintf(message, PACKAGE_TEXT_SIZE, "No memory left to read " FILE_NAME " of the module store.");
    else if (rc != OD_OK)
        snprintf(message, PACKAGE_TEXT_SIZE, FILE_NAME " of the module store is spoilt; put a copy back, or remove it: then older versions of a module "
                                                       "are no longer told from newer ones.");
    return rc == OD_OK || rc == OD_ENOMEM || rc == OD_EIO ? rc : OD_EINVAL;
}

static void put_row(struct base_buffer *buffer, const struct package_loaded *row)
{
    char address[2 * BASE_HASH_SIZE + 1];

    base_hex(row->address, BASE_HASH_SIZE, address);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "module", row->module);
    base_json_put_text(buffer, "id", row->id);
    base_json_put_i64(buffer, "sequence", row->sequence);
    base_json_put_text(buffer, "address", address);
    base_json_put_bool(buffer, "signed", row->is_signed);
    base_json_close(buffer, '}');
    base_buffer_put_text(buffer, "\n");
}

/* All rows but that at forgotten, and then row. */
static int write_rows(const struct package_stage *stage, size_t forgotten, const struct package_loaded *row)
{
    struct base_buffer buffer = {0};
    int rc;

    base_json_open(&buffer, NULL, '{');
    base_json_open(&buffer, "loaded", '[');
    for (size_t i = 0; i < stage->loaded_count; i++)
        if (i != forgotten)
            put_row(&buffer, &stage->loaded[i]);
    put_row(&buffer, row);
    base_json_close(&buffer, ']');
    base_json_close(&buffer, '}');
    if (buffer.is_broken) {
        base_buffer_fini(&buffer);
        return OD_ENOMEM;
    }
    unlinkat(stage->fd, DRAFT_NAME, 0); /* of a hub that was stopped while it wrote */
    rc = package_stage_write(stage->fd, DRAFT_NAME, 0600, buffer.bytes, buffer.size);
    base_buffer_fini(&buffer);
    if (rc == OD_OK && (renameat(stage->fd, DRAFT_NAME, stage->fd, FILE_NAME) != 0 || fsync(stage->fd) != 0))
        rc = OD_EIO;
    return rc != OD_OK && (errno == ENOSPC || errno == EDQUOT) ? OD_EFULL : rc;
}

static bool is_superseded(const struct package_stage *stage, size_t index)
{
    const struct package_loaded *old = &stage->loaded[index];

    for (size_t i = index + 1; i < stage->loaded_count; i++)
        if (strcmp(stage->loaded[i].id, old->id) == 0 && stage->loaded[i].sequence >= old->sequence && stage->loaded[i].is_signed >= old->is_signed)
            return true;
    return false;
}

static void take_out(struct package_stage *stage, size_t index)
{
    stage->loaded_count--;
    memmove(&stage->loaded[index], &stage->loaded[index + 1], (stage->loaded_count - index) * sizeof(*stage->loaded));
}

/* The row that goes, so that there is room for one more; SIZE_MAX = none has to. Errors: OD_ELIMIT none may be forgotten. */
static int find_forgotten(const struct package_stage *stage, size_t *index)
{
    *index = SIZE_MAX;
    if (stage->loaded_count < PACKAGE_LOADED_MAX)
        return OD_OK;
    for (size_t i = 0; i < stage->loaded_count; i++)
        if (is_superseded(stage, i)) {
            *index = i;
            return OD_OK;
        }
    return OD_ELIMIT;
}

static bool is_last_of_name(const struct package_stage *stage, const struct package_loaded *row)
{
    for (size_t i = stage->loaded_count; i > 0; i--)
        if (strcmp(stage->loaded[i - 1].module, row->module) == 0)
            return memcmp(stage->loaded[i - 1].address, row->address, BASE_HASH_SIZE) == 0 && stage->loaded[i - 1].is_signed == row->is_signed;
    return false;
}

/* Rows change here alone and under both locks, so under that of the disk they can be read. */
static int note(struct package_stage *stage, const struct package_loaded *row)
{
    size_t forgotten;

    if (is_last_of_name(stage, row))
        return OD_OK;
    int rc = find_forgotten(stage, &forgotten);
    if (rc == OD_OK)
        rc = write_rows(stage, forgotten, row);
    if (rc != OD_OK)
        return rc;
    pthread_mutex_lock(&stage->rows);
    if (forgotten != SIZE_MAX)
        take_out(stage, forgotten);
    stage->loaded[stage->loaded_count++] = *row;
    pthread_mutex_unlock(&stage->rows);
    return OD_OK;
}

int package_stage_note(struct package_stage *stage, const struct package_manifest *manifest, const struct package_identity *identity, bool is_signed)
{
    struct package_loaded row = {.sequence = manifest->sequence, .is_signed = is_signed};

    memcpy(row.module, manifest->name, sizeof(row.module));
    memcpy(row.id, manifest->id, sizeof(row.id));
    memcpy(row.address, identity->address, sizeof(row.address));
    pthread_mutex_lock(&stage->disk);
    pthread_mutex_lock(&stage->rows);
    int rc = make_room(stage);
    pthread_mutex_unlock(&stage->rows);
    if (rc == OD_OK)
        rc = note(stage, &row);
    pthread_mutex_unlock(&stage->disk);
    return rc;
}

static bool was_loaded(const struct package_stage *stage, const uint8_t address[BASE_HASH_SIZE])
{
    for (size_t i = 0; i < stage->loaded_count; i++)
        if (memcmp(stage->loaded[i].address, address, BASE_HASH_SIZE) == 0)
            return true;
    return false;
}

bool package_stage_was_loaded(struct package_stage *stage, const uint8_t address[BASE_HASH_SIZE])
{
    pthread_mutex_lock(&stage->rows);
    bool was = was_loaded(stage, address);
    pthread_mutex_unlock(&stage->rows);
    return was;
}

int package_stage_find(struct package_stage *stage, const char *module, uint8_t address[BASE_HASH_SIZE])
{
    int rc = OD_ENOTFOUND;

    pthread_mutex_lock(&stage->rows);
    for (size_t i = stage->loaded_count; rc != OD_OK && i > 0; i--)
        if (strcmp(stage->loaded[i - 1].module, module) == 0) {
            memcpy(address, stage->loaded[i - 1].address, BASE_HASH_SIZE);
            rc = OD_OK;
        }
    pthread_mutex_unlock(&stage->rows);
    return rc;
}

/* The highest sequence of a signed module of that id that ran. */
static int64_t highest_of(const struct package_stage *stage, const char *id)
{
    int64_t highest = 0;

    for (size_t i = 0; i < stage->loaded_count; i++)
        if (stage->loaded[i].is_signed && strcmp(stage->loaded[i].id, id) == 0 && stage->loaded[i].sequence > highest)
            highest = stage->loaded[i].sequence;
    return highest;
}

int package_stage_admit(struct package_stage *stage, const struct package *package, enum package_load load, struct package_refusal *refusal)
{
    *refusal = (struct package_refusal){.code = ""};
    pthread_mutex_lock(&stage->rows);
    int64_t highest = highest_of(stage, package->manifest.id);
    bool is_back = load == PACKAGE_LOAD_AGAIN && was_loaded(stage, package->identity.address);
    pthread_mutex_unlock(&stage->rows);
    if (!package->is_signed || is_back || package->manifest.sequence >= highest)
        return OD_OK;
    return package_refuse(refusal, OD_EDENIED, "sequence",
                          "%s has the sequence %lld, and %lld of %s ran here before; to go back to a version that ran here, use rollback.",
                          package->manifest.name, (long long)package->manifest.sequence, (long long)highest, package->manifest.id);
}
