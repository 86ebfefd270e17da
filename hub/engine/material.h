/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: taken in as a stream, kept once by their content, pinned to applications as versions.
 *
 *   upload -> part file, hashed while it comes -> kind, size -> <data>/materials/<aa>/<sha256> -> entries -> durable -> 201
 *
 * Two sorts of entries of kind MATERIAL. One for each content, named by its SHA-256: LOOSE while no application has it, with
 * a wake at which it goes; KEPT from then on. And one for each document that was handed in for an application; they are its
 * versions, in the order of their ids, behind what came with the application itself.
 *
 * material_file.c runs in the pool, everything else on the loop. */
#ifndef ENGINE_MATERIAL_H
#define ENGINE_MATERIAL_H

#include <limits.h>

#include "catalog/document.h"
#include "engine/errand.h"

#define ENGINE_UPLOADS_MAX 64          /* documents that come in at once -> 503 */
#define ENGINE_UPLOAD_JOBS_MAX 2       /* of them in the pool at once: the rest of the hub reads there, too */
#define ENGINE_VERSIONS_MAX 200        /* documents handed in for one application, all versions of all materials -> 422 */
#define ENGINE_LOOSE_MAX 65536         /* documents that no application has yet -> 503 */
#define ENGINE_LOOSE_DAYS 30           /* so long they are kept */
#define ENGINE_LOOSE_BUCKETS 4096      /* power of two */
#define ENGINE_INFECTED_MAX 65536      /* infected contents that no submission may name; of more the oldest are forgotten */
#define ENGINE_INFECTED_BUCKETS 1024   /* power of two */
#define ENGINE_DISK_RESERVE (INT64_C(64) * 1024 * 1024) /* bytes left to the store, or a tenth of a smaller disk */
#define ENGINE_POWER_OF_ATTORNEY "power-of-attorney" /* stands for a material's id where there is an agent */
#define ENGINE_DIGITS_SIZE (2 * BASE_HASH_SIZE + 1)
#define ENGINE_VERSION_ID_SIZE (BASE_ID_MAX + 16)

/* Of entries; the numbers are stored: only append. */
enum engine_material_state {
    ENGINE_MATERIAL_NONE = 0,
    ENGINE_MATERIAL_LOOSE,
    ENGINE_MATERIAL_KEPT,
    ENGINE_MATERIAL_VERSION, /* of an application */
};

/* -- material_file.c: one document on its way to the disk -- */

struct engine_document_file {
    char folder[PATH_MAX];               /* <data>/materials */
    char part[24];                       /* name of the part file, below folder/.part */
    int fd;                              /* -1 = not opened */
    uint64_t size;                       /* bytes so far */
    struct base_hash_stream stream;
    unsigned char head[CATALOG_DOCUMENT_HEAD];
    size_t head_size;
    bool is_text, is_office;             /* of all bytes so far; of the head */
    enum catalog_document said, found;   /* found: once the head is there, or the end */
    char digits[ENGINE_DIGITS_SIZE];     /* its SHA-256, once it is whole */
};

void engine_file_init(struct engine_document_file *file, const char *folder, enum catalog_document said);
/* Errors: OD_EINVAL its content is not what it is said to be; OD_EFULL; OD_EIO. */
OD_MUST_CHECK int engine_file_write(struct engine_document_file *file, const void *bytes, size_t size);
/* All has come: its kind and digits are known, its bytes are durable. Errors as above. */
OD_MUST_CHECK int engine_file_settle(struct engine_document_file *file);
/* Then durable under its content's name. Errors as above. */
OD_MUST_CHECK int engine_file_place(struct engine_document_file *file);
void engine_file_abandon(struct engine_document_file *file); /* nothing of it is left */
void engine_file_remove(const char *folder, const char *digits);
/* Part files of a hub that was killed. At the start, before any door is open. Errors: OD_EIO. */
OD_MUST_CHECK int engine_files_sweep(const char *folder);
/* Errors: OD_ENOTFOUND, OD_EIO. */
OD_MUST_CHECK int engine_file_open(const char *folder, const char *digits, int *fd, uint64_t *size);

/* -- material_scan.c: what the virus scanner found -- */

enum engine_scan {
    ENGINE_SCAN_NONE = 0, /* there was no scanner */
    ENGINE_SCAN_WAITING,
    ENGINE_SCAN_CLEAN,
    ENGINE_SCAN_INFECTED, /* handed to nobody */
};

struct engine_keep;
/* A new content goes to the scanner with the batch being filled; *id = 0: there is none. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_scan_put(struct engine *engine, const struct engine_keep *keep, uint64_t *id);
/* In the pool: of a content's entry, parsed; of a content by its digits, NONE where there is no entry. Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int engine_scan_read(struct store_reader *reader, struct base_arena *arena, const struct base_json *content,
                                   enum engine_scan *scan);
/* At the start, before any door is open: the infected contents. Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int engine_scans_load(struct engine *engine);
OD_MUST_CHECK int engine_scan_find(struct store_reader *reader, struct base_arena *arena, const char *digits, enum engine_scan *scan);

/* -- material_keep.c: which contents there are, and who has them -- */

/* A content that no application has yet. */
struct engine_loose {
    struct engine_loose *next; /* in its bucket */
    uint8_t hash[BASE_HASH_SIZE];
    uint64_t id, revision, size, scan; /* scan: the scanner's errand, 0 = none */
    enum catalog_document document;
    bool is_infected;
    struct engine *engine;
};

struct engine_upload;
struct infected;

struct engine_materials {
    char folder[PATH_MAX];
    struct base_list uploads;            /* struct engine_upload, those under way */
    size_t upload_count, job_count;
    struct base_list waiting;            /* uploads that wait for a place in the pool */
    struct engine_loose *buckets[ENGINE_LOOSE_BUCKETS];
    size_t loose_count;
    struct infected *infected_buckets[ENGINE_INFECTED_BUCKETS];
    struct base_list infected;           /* the same, the oldest first */
    size_t infected_count;
    char removing[ENGINE_DIGITS_SIZE];   /* the content whose file is being removed; "" = none */
    uint64_t taken, refused, bytes;      /* since start */
    uint64_t scans_waiting;              /* documents that wait for the scanner, and since when the first does; 0 = none */
    int64_t scans_since_ms, scans_minute; /* minute of the last look */
    bool is_watching, is_stuck;          /* one is under way; it was told */
};

/* -- material_watch.c: a scanner that does nothing is told of -- */

#define ENGINE_SCAN_STUCK_MINUTES 15   /* so long a document may wait, then staff are alerted, once until nothing waits so long */
#define ENGINE_SCAN_WATCH_MAX 4096     /* documents that one look counts */
void engine_scans_watch(struct engine *engine); /* at each tick */
bool engine_scans_are_quiet(const struct engine *engine);

/* Content digits is to be kept, for an application or for a while. on_kept once that is durable. */
struct engine_keep {
    struct engine *engine;
    char digits[ENGINE_DIGITS_SIZE];
    uint64_t size;
    enum catalog_document document;
    bool is_for_application;
    uint64_t application;                 /* with number, material and name: for the scanner; 0 = none yet */
    const char *number, *material, *name; /* NULL = not known; there until on_kept */
    const char *by;                       /* who hands it in, likewise */
    unsigned tries;
    uint64_t scan;                        /* the scanner's errand, 0 = none */
    bool is_scan_own;                     /* it was put here, for this application */
    struct store_entry entry; /* as put */
    engine_call_cb on_kept;   /* rc OD_OK, OD_EFULL, OD_EBUSY, OD_ENOMEM, OD_EIO */
    void *data;
};
void engine_content_keep(struct engine_keep *keep);

/* Every content that a list of materials names by "sha256" and no application has yet is kept with the batch being filled, for
 * application: its scanner's verdict, when it comes, is told there. A loose one whose size or media type is said otherwise, or
 * any that is infected, is refused. Errors: OD_EINVAL, OD_EDENIED infected, *index is the item (unchanged by others); OD_EBUSY; OD_ENOMEM. */
OD_MUST_CHECK int engine_contents_claim(struct engine *engine, const struct base_json *materials, uint64_t application, size_t *index);
#define ENGINE_POWER_INDEX (SIZE_MAX - 1) /* in place of an index: the power of attorney */

/* The same of the power of attorney of an agent, after its check. Errors: OD_EBUSY, OD_ENOMEM; OD_EDENIED infected, *index is set. */
OD_MUST_CHECK int engine_power_claim(struct engine *engine, const struct base_json *applicant, uint64_t application);
OD_MUST_CHECK int engine_power_check(const struct engine *engine, const struct base_json *applicant, size_t *index);
/* 422: material index of the body is held, and is not what the body says; or is infected. */
void engine_refuse_content(struct front_request *request, size_t index, bool is_infected);
/* The scanner found it: no submission may name it. */
void engine_content_infected(struct engine *engine, const char *digits);

/* -- material_infected.c: contents that the scanner found infected -- */

void engine_infected_init(struct engine_materials *materials);
void engine_infected_fini(struct engine_materials *materials);
/* digits NULL or none: passed over. Errors: OD_ENOMEM, nothing changed. */
OD_MUST_CHECK int engine_infected_add(struct engine_materials *materials, const char *digits);
bool engine_infected_has(struct engine_materials *materials, const char *digits);

/* -- material.c -- */

OD_MUST_CHECK int engine_materials_start(struct engine *engine, char text[512]);
void engine_materials_fini(struct engine *engine);
void engine_material_perform(struct engine *engine, struct front_request *request);

/* Who asks, for the application in params[0]: staff by key, the applicant by look-up code. Errors: answered already. */
OD_MUST_CHECK int engine_material_reader(struct engine *engine, struct front_request *request, uint64_t *id);
/* May this reader see that material of the application? */
bool engine_material_may_see(const struct front_request *request, const struct engine_application *application, const char *material);

/* Is the applicant asked for it now: by the notice, or by a department that waits? */
bool engine_material_is_asked(struct engine_application *application, const char *material);
bool engine_material_is_by_code(const struct front_request *request); /* of the applicant, whose look-up code was right */

/* -- material_upload.c -- */

void engine_upload(struct engine *engine, struct front_request *request);
/* The content whose file was being removed is gone: uploads of it go on. */
void engine_uploads_resume(struct engine *engine);
bool engine_upload_has(const struct engine *engine, const char *digits); /* one of them is about to be placed */

/* -- material_view.c: the versions of an application -- */

struct engine_version {
    const char *material, *name, *media_type, *by, *at; /* NULL = not known */
    char digits[ENGINE_DIGITS_SIZE];    /* "" = declared without its hash */
    int64_t size;                       /* -1 = not known */
    unsigned number;                    /* of the material, from 1 */
    bool is_stored;                     /* its content is here */
    enum engine_scan scan;              /* of its content */
    bool is_newest;                     /* of its material */
};

struct engine_versions {
    struct engine_version *items; /* count of them, in the job's arena */
    size_t count;
    size_t upload_count;          /* of them uploaded for the application, not declared with it */
};

typedef void (*engine_versions_cb)(struct engine *engine, struct engine_application *application,
                                   const struct engine_versions *versions, int rc, void *data);
/* What was handed in for the application, oldest first within each material. */
void engine_versions_get(struct engine *engine, uint64_t id, engine_versions_cb on_versions, void *data);
void engine_put_version(struct base_buffer *buffer, const char *key, const struct engine_version *version);
/* "<material>.<number>". Errors: OD_ENOTFOUND. */
OD_MUST_CHECK int engine_version_find(const struct engine_versions *versions, const char *id, const struct engine_version **out);

/* -- preview.c: what a submission would become -- */

void engine_preview(struct engine *engine, struct front_request *request);

/* -- preview_earlier.c: what the person had before -- */

#define ENGINE_EARLIER_MAX 3 /* earlier applications that are looked into, of the service and of others each */
#define ENGINE_EARLIER_SERVICES_MAX 256 /* other services whose applications are looked for */

/* The members "duplicate" and "reuse" are added to buffer, null and empty where there is nothing, then on_put runs. */
typedef void (*engine_earlier_cb)(struct engine *engine, void *data, int rc);
void engine_earlier_put(struct engine *engine, struct front_request *request, const struct catalog_service *service,
                        struct base_buffer *buffer, engine_earlier_cb on_put, void *data);
/* Keyed hash of the applicant of a submit body and the service; false: the person is not known. Errors: as no person. */
bool engine_person_hash(const struct engine *engine, const struct base_json *body, const struct catalog_service *service,
                        uint8_t hash[BASE_HASH_SIZE]);

#endif
