/* SPDX-License-Identifier: Apache-2.0 */
/* Which catalogue is in force, which were, and which may be next. docs/adr/0023.
 *
 *   a folder that changed, a candidate, or a version of before -> loaded and checked -> dry run | taken: one batch with the entry
 *   of the change, its snapshot and its files -> durable
 *
 * What is in force is what the newest entry of ENGINE_ENTRY_CATALOG says; nothing else has to agree with it. Loop thread. */
#ifndef ENGINE_FORCE_H
#define ENGINE_FORCE_H

#include "catalog/sources.h"
#include "engine/entry.h"

#define ENGINE_CANDIDATES_MAX 8        /* that wait at once */
#define ENGINE_CANDIDATE_DAYS 7        /* so long one waits */
#define ENGINE_CATALOG_REASON_MAX 1000 /* bytes of why another catalogue is taken */
#define ENGINE_FINDINGS_TOLD_MAX 20    /* in one answer */

/* Settings: the archive of a version's files; that of a candidate; what the configured folder held when it was last read. */
#define ENGINE_SOURCES "catalog-sources/"
#define ENGINE_CANDIDATE "catalog-candidate/"
#define ENGINE_FOLDER "catalog-folder"
#define ENGINE_SNAPSHOT "catalog/"
#define ENGINE_FORCE_NAME_SIZE (sizeof(ENGINE_CANDIDATE) + CATALOG_VERSION_SIZE)

/* Where a version came from. */
enum engine_force_source {
    ENGINE_FORCE_NONE = 0,
    ENGINE_FORCE_START,  /* the hub was started with another folder, or another content of it */
    ENGINE_FORCE_SIGNAL, /* SIGHUP, and the folder had changed */
    ENGINE_FORCE_FOLDER, /* an admin had the folder read */
    ENGINE_FORCE_UPLOAD, /* a candidate */
    ENGINE_FORCE_EARLIER,
};
const char *engine_force_source_name(enum engine_force_source source);

struct engine_candidate_upload; /* candidate.c */

struct engine_force {
    char folder[CATALOG_VERSION_SIZE];     /* of the configured folder when it was last read in earnest; "" = never */
    char noted[CATALOG_VERSION_SIZE];      /* the same, as the store has it */
    char folder_before[CATALOG_VERSION_SIZE]; /* what folder was before it was read */
    char before[CATALOG_VERSION_SIZE];     /* in force before the change that is due; "" = nothing, or not known */
    struct catalog_sources sources;        /* of sources_of, until they are kept */
    char sources_of[CATALOG_VERSION_SIZE];
    char packing[CATALOG_VERSION_SIZE];    /* whose files are on their way into the store; "" = none */
    uint64_t application_from;             /* of the change that is due */
    enum engine_force_source due;          /* a change is in force, and still to be put on record; NONE = none */
    bool is_taking;                        /* a change is not durable yet */
    struct engine_candidate_upload *upload; /* under way; one at a time */
};

/* A change. Borrowed until engine_force_take returns, but for fresh, whose reference is taken over. */
struct engine_taking {
    struct catalog *fresh;
    enum engine_force_source source;
    const char *by, *reason, *file;  /* who; why, or NULL; the archive's name, or NULL */
    const struct store_entry *candidate; /* that it was; NULL = none */
    const void *archive;             /* of the candidate; NULL = the version's files are kept already */
    size_t archive_size;
    struct front_request *request;   /* answered once it is durable; NULL = nobody asked */
};

/* reload.c: fresh takes the running one's place at once; when the change that a request made cannot be made durable, the one
 * before comes back and the request is answered 503. Errors (nothing changed, request is not answered): OD_EBUSY, OD_ENOMEM, OD_ELIMIT, OD_EIO. */
OD_MUST_CHECK int engine_force_take(struct engine *engine, const struct engine_taking *taking);
/* The folder in earnest, or to try. kept: gets its files. Errors (findings say why, text too): as catalog_load; OD_EINVAL
 * another time zone. */
OD_MUST_CHECK int engine_folder_load(struct engine *engine, struct catalog **fresh, struct catalog_findings *findings,
                                     struct catalog_sources *kept, char text[512]);
/* Does it count in the zone of this process, whose threads read it? findings and text say what to do otherwise. */
bool engine_zone_fits(const struct engine *engine, const struct catalog *fresh, struct catalog_findings *findings, char text[512]);
/* 422 with what is wrong, where, and what to do, in the request's language. text: when there is no finding. */
void engine_refuse_findings(struct front_request *request, const struct catalog_findings *findings, const char *text);
/* If-Match names another version than the one in force: answered 412. */
bool engine_answer_if_other_version(const struct engine *engine, struct front_request *request);

/* force.c. Start: decide between the folder's catalogue, which engine->catalog is, and the one that was in force before;
 * engine->catalog is the one afterwards. Errors (text): OD_EINVAL, OD_ENOMEM, OD_EIO. */
OD_MUST_CHECK int engine_force_create(struct engine *engine);
OD_MUST_CHECK int engine_force_start(struct engine *engine, struct store_reader *reader, char text[512]);
void engine_force_tell_start(struct engine *engine); /* everything else has started */
void engine_force_fini(struct engine *engine);
/* The folder was read: its version, and its files, which are taken over; and it counts as not read, as it was before: what it
 * holds could not be put in force, so that it is tried again. */
void engine_force_note_folder(struct engine *engine, const char *version, struct catalog_sources *sources);
void engine_force_forget_folder(struct engine *engine);
/* The entry of a change, in the batch being filled, with what goes along. before: that was in force, NULL = not known. summary:
 * a JSON object for the journal. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_force_put(struct engine *engine, const struct engine_taking *taking, const struct catalog *before,
                                     const char *summary, engine_call_cb on_stored, void *data);
/* SIGHUP changed the catalogue from before, and the disk was full: it is put on record when there is room. A restart would read
 * the same folder, so it stays in force. */
void engine_force_lose(struct engine *engine, const char *before);
void engine_force_renew(struct engine *engine); /* there is room again */
/* The files of the folder, if they are those of the version in force, are packed and kept. */
void engine_sources_keep(struct engine *engine);
void engine_force_list(struct engine *engine, struct front_request *request);   /* GET /v1/catalog/versions */
void engine_sources_show(struct engine *engine, struct front_request *request);    /* GET /v1/catalog/versions/{version}/sources */

/* candidate.c: POST, GET and DELETE of /v1/catalog/candidates. */
void engine_candidate_perform(struct engine *engine, struct front_request *request);
void engine_candidate_on_due(struct engine *engine, const struct store_entry *entry);
/* It is no candidate any more: its entry and archive go, in the batch being filled; type: for the journal. Errors: OD_EBUSY,
 * OD_ENOMEM. */
OD_MUST_CHECK int engine_candidate_end(struct engine *engine, const struct store_entry *entry, const char *type, const char *by,
                                       engine_call_cb on_stored, void *data);
/* Is text a version as applications quote it: 16 lower-case hexadecimal digits? */
bool engine_is_version(const char *text);
/* "services", "matters", "departments": how many, as members. */
void engine_put_catalog_size(struct base_buffer *buffer, const struct catalog *catalog);

/* force_look.c: POST /v1/catalog/reload with a version. */
void engine_force_reload(struct engine *engine, struct front_request *request, const char *version, bool is_dry);

#endif
