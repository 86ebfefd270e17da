/* SPDX-License-Identifier: Apache-2.0 */
/* Results made and signed. What is signed is one line, "onedoor-result-1 <SHA-256 of the canonical result>\n": so the
 * document may be printed with other white space and still verifies. */
#include "engine/result.h"

#include "engine/seal.h"

#include <stdio.h>
#include <string.h>

static void put_applicant(struct base_buffer *buffer, const struct engine_application *application)
{
    const struct base_json *applicant = base_json_member(application->document_tree, "applicant");

    base_json_open(buffer, "applicant", '{');
    base_json_put_text(buffer, "kind", base_json_member_text(applicant, "kind"));
    base_json_put_text(buffer, "name", base_json_member_text(applicant, "name"));
    base_json_close(buffer, '}');
}

/* What each department answered, and the number of its own document. */
static void put_documents(struct base_buffer *buffer, const struct engine_application *application)
{
    base_json_open(buffer, "documents", '[');
    for (unsigned i = 0; i < application->core->task_count; i++) {
        const struct engine_text *text = engine_task_text(application, i, ENGINE_TEXT_OPINION);
        const struct catalog_matter *matter = application->service->matters[i];
        struct base_json_error error;
        struct base_json *opinion = NULL;

        if (application->core->tasks[i].opinion == CORE_OPINION_NONE)
            continue;
        if (text->bytes != NULL && base_json_parse(text->bytes, text->size, &opinion, &error) != OD_OK)
            buffer->is_broken = true; /* memory is short: a document without its numbers is not to be signed */
        base_json_open(buffer, NULL, '{');
        engine_put_matter(buffer, matter);
        base_json_put_text(buffer, "opinion", core_opinion_name((enum core_opinion)application->core->tasks[i].opinion));
        base_json_put_text(buffer, "document_no", base_json_member_text(opinion, "document_no"));
        base_json_close(buffer, '}');
        base_json_destroy(opinion);
    }
    base_json_close(buffer, ']');
}

static void put_result(struct base_buffer *buffer, const struct engine *engine, const struct engine_application *application,
                       const char *number)
{
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", number);
    base_json_put_text(buffer, "service", application->service->id);
    catalog_put_text(buffer, "service_name", &application->service->name);
    catalog_put_text(buffer, "center_name", catalog_center_name(application->catalog));
    base_json_put_text(buffer, "catalog_version", catalog_version(application->catalog));
    put_applicant(buffer, application);
    engine_put_ms(buffer, "received_at", application->core->received_ms);
    engine_put_ms(buffer, "accepted_at", application->core->accepted_ms);
    engine_put_ms(buffer, "issued_at", engine->now.ms);
    engine_put_decision(buffer, "decision", application);
    put_documents(buffer, application);
    base_json_close(buffer, '}');
}

int engine_result_sign(const struct base_sign_pair *pair, const char *result, size_t size, struct base_buffer *document,
                       char hash[2 * BASE_HASH_SIZE + 1])
{
    char line[sizeof(ENGINE_RESULT_FORMAT) + 2 * BASE_HASH_SIZE + 2], text[2 * BASE_SIGN_SIZE + 1];
    uint8_t digest[BASE_HASH_SIZE], signature[BASE_SIGN_SIZE];
    int rc = base_json_canonical_hash(result, size, digest);

    if (rc != OD_OK)
        return rc;
    base_hex(digest, sizeof(digest), hash);
    int length = snprintf(line, sizeof(line), ENGINE_RESULT_FORMAT " %s\n", hash);
    base_sign(pair, line, (size_t)length, signature);
    base_json_open(document, NULL, '{');
    base_json_put_text(document, "format", ENGINE_RESULT_FORMAT);
    base_json_put_raw(document, "result", result, size);
    base_json_open(document, "signature", '{');
    base_json_put_text(document, "algorithm", "Ed25519");
    base_hex(pair->key, sizeof(pair->key), text);
    base_json_put_text(document, "key", text);
    base_json_put_text(document, "sha256", hash);
    base_hex(signature, sizeof(signature), text);
    base_json_put_text(document, "value", text);
    base_json_close(document, '}');
    base_json_close(document, '}');
    return document->is_broken ? OD_ENOMEM : OD_OK;
}

static int put_entry(struct engine *engine, const struct engine_application *application, const char *number, const char *by,
                     const struct base_buffer *document, const char *hash)
{
    struct store_entry entry = {.kind = ENGINE_ENTRY_RESULT, .state = ENGINE_RESULT_ISSUED, .application = application->id, .wake_minute = INT64_MAX,
                                .id = engine_entry_id(engine, ENGINE_ENTRY_RESULT), .at_ms = engine->now.ms, .name = number,
                                .body = document->bytes, .body_size = (uint32_t)document->size};
    char more[sizeof("\"sha256\":\"\"") + 2 * BASE_HASH_SIZE];

    snprintf(more, sizeof(more), "\"sha256\":\"%s\"", hash);
    return engine_entry_put(engine, &entry, &(struct engine_entry_event){.type = "result_issued", .by = by, .number = number, .more = more}, NULL, NULL);
}

int engine_result_issue(struct engine *engine, const struct engine_application *application, const char *by, char hash[2 * BASE_HASH_SIZE + 1])
{
    struct base_buffer result = {0}, document = {0};
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, application->core->received_day, number);
    put_result(&result, engine, application, number);
    int rc = result.is_broken ? OD_ENOMEM : engine_result_sign(engine_seal_pair(engine), result.bytes, result.size, &document, hash);
    if (rc == OD_OK)
        rc = put_entry(engine, application, number, by, &document, hash);
    base_buffer_fini(&result);
    base_buffer_fini(&document);
    return rc;
}
