/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: taken in as a stream, kept once by their content, pinned to applications as versions.
 *
 *   upload -> part file, hashed while it comes -> kind, size -> <data>/materials/<aa>/<sha256> -> entries -> durable -> 201
 *
 * Three sorts of entries of kind MATERIAL. One for each content, named by its SHA-256: LOOSE while no application needs it, with
 * a wake at which it goes; KEPT while one does (struct store_pins: who names it in a submission, a supplement or an upload pins it);
 * RELEASED or UNCLAIMED once it is to be erased, until it is. One for each document that was handed in for an application; they are
 * its versions, in the order of their ids, behind what came with the application itself. And of an application whose documents
 * were erased a list of what they were.
 *
 * material_file.c runs in the pool, everything else on the loop. */
#ifndef ENGINE_MATERIAL_H
#define ENGINE_MATERIAL_H

#include <dirent.h>
#include <limits.h>

#include "catalog/document.h"
#include "engine/errand.h"

#define ENGINE_UPLOADS_MAX 64          /* documents that come in at once -> 503 */
#define ENGINE_UPLOAD_JOBS_MAX 2       /* of them in the pool at once: the rest of the hub reads there, too */
#define ENGINE_VERSIONS_MAX 200        /* documents handed in for one application after its submission, all versions of all materials -> 422 */
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
    ENGINE_MATERIAL_VERSION,   /* of an application */
    ENGINE_MATERIAL_RELEASED,  /* the last application that needed it has had its time: its file goes */
    ENGINE_MATERIAL_UNCLAIMED, /* no application named it in time, likewise */
    ENGINE_MATERIAL_LIST,      /* of an application: what it had before it was erased */
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
/* Gone for good, its folder synced; *freed: bytes, 0 = it was gone already, which is as well. Errors: OD_EIO, *error is the errno. */
OD_MUST_CHECK int engine_file_erase(const char *folder, const char *digits, uint64_t *freed, int *error);
/* Part files of a hub that was killed. At the start, before any door is open. Errors: OD_EIO. */
OD_MUST_CHECK int engine_files_sweep(const char *folder);
bool engine_file_is_there(const char *folder, const char *digits); /* also when nobody can say */
/* *at_ms: when its last byte was written, by the wall clock. Errors: OD_ENOTFOUND, OD_EIO. */
OD_MUST_CHECK int engine_file_written(const char *folder, const char *digits, int64_t *at_ms);
/* Errors: OD_ENOTFOUND, OD_EIO. */
OD_MUST_CHECK int engine_file_open(const char *folder, const char *digits, int *fd, uint64_t *size);

/* -- material_walk.c: the names in the folder of documents, one at a time -- */

#define ENGINE_FOLDERS 256

enum engine_file_sort {
    ENGINE_FILE_NONE = 0,   /* the walk is over */
    ENGINE_FILE_PASSED,     /* nothing to be said of it */
    ENGINE_FILE_DOCUMENT,   /* named as a content is */
    ENGINE_FILE_FOREIGN,    /* not the hub's */
    ENGINE_FILE_UNREADABLE, /* a folder: it is passed over */
};

/* One open folder at a time, and no list: it may have millions of names. Zeroed: at its beginning. */
struct engine_file_walk {
    DIR *items;                     /* NULL = none is open */
    unsigned at;                    /* 0 = <data>/materials itself, n = its folder n - 1, then it is over */
    char name[sizeof(((struct dirent *)NULL)->d_name)]; /* that was met last; of a folder that is unreadable its own, "" = the whole */
};

/* In the pool. Names that come or go meanwhile may be met or not, every other one is met once. */
enum engine_file_sort engine_file_walk_next(struct engine_file_walk *walk, const char *folder);
void engine_file_walk_end(struct engine_file_walk *walk);

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
/* In the pool: has the application an errand of its own for the content, as that material (NULL = any)? It is told what comes of it
 * then. Errors: OD_EIO, OD_ENOMEM. */
OD_MUST_CHECK int engine_scan_is_own(struct store_reader *reader, struct base_arena *arena, uint64_t application, const char *digits,
                                     const char *material, bool *is_own);

/* What an errand of the scanner came to. Errors: OD_ESYNTAX, OD_ENOMEM. */
OD_MUST_CHECK int engine_scan_verdict(const struct store_entry *errand, enum engine_scan *scan);
/* Everybody was told of its verdict. */
void engine_scan_settle(struct engine *engine, uint64_t errand);
/* The scanner's errand that a content's entry names, parsed; 0 = none. */
uint64_t engine_scan_errand_of(const struct base_json *content);

/* -- material_tell.c: who has an infected content is told -- */

/* The notice material_refused, in the batch being filled; number: of the application, reason NULL = none; scan: of which verdict, 0 =
 * none. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_refused_tell(struct engine *engine, uint64_t application, const char *number, const char *material, const char *reason,
                                      uint64_t scan);
/* Who has it and was not told of the errand's verdict, each once; then the errand, which has a wake until then, has none. After what is
 * being filled is durable. reason NULL = none. */
void engine_infected_tell(struct engine *engine, const struct engine_errand *errand, const char *reason);

/* -- material_keep.c: which contents there are -- */

/* A content that no application has yet. */
struct engine_loose {
    struct engine_loose *next; /* in its bucket */
    uint8_t hash[BASE_HASH_SIZE];
    uint64_t size;
    enum catalog_document document;
    bool is_infected;
};

/* -- material_erase.c: contents that nobody needs any more go -- */

#define ENGINE_ERASE_WINDOW 32          /* files that are removed at a time */
#define ENGINE_ERASE_PAUSE_MS 60000     /* after one that could not be removed */

struct engine_erasure {
    char digits[ENGINE_DIGITS_SIZE];
    uint64_t id, revision, freed;
    int64_t at_ms;
    uint8_t state; /* RELEASED or UNCLAIMED */
    bool is_left;  /* for another time: an upload of it is under way */
    bool is_back;  /* it was put back, or is gone, since the window was read */
    int rc, error;
};

struct engine_erasing {
    bool is_wanted, is_running, is_told;
    bool is_removing;        /* the window's files are being removed: no upload of them is placed */
    int64_t pause_until_ms;  /* monotonic */
    uint8_t state;           /* that is walked, and up to where */
    uint64_t after;
    struct engine_erasure items[ENGINE_ERASE_WINDOW];
    size_t count;
    size_t failed, left;     /* of this walk */
    int error;               /* errno of the last that failed */
    uint64_t going, going_bytes; /* whose entries go with the batch being filled */
    uint64_t erased, bytes;  /* since start */
    uint64_t failures;       /* of the last walk that is over */
};

void engine_erasing_want(struct engine *engine);
void engine_erasing_run(struct engine *engine); /* at each tick */
bool engine_erasing_is_quiet(const struct engine *engine);
bool engine_erasing_has(const struct engine *engine, const char *digits); /* its file is being removed */

/* -- material_sweep.c: files that no record names go -- */

#define ENGINE_SWEEP_LOOKS 256          /* names that are looked at in one job */
#define ENGINE_SWEEP_WINDOW 32          /* files that are removed in one */
#define ENGINE_SWEEP_AGE_DAYS 7         /* so long ago it was written: time for who put another store in place to see it */
#define ENGINE_SWEEP_PAUSE_MS (ENGINE_TICK_MS / 2) /* between two jobs, which a tick starts: one at each */
#define ENGINE_SWEEP_FIRST_MS 60000     /* after the start; then once a day */
#define ENGINE_SWEEP_TOLD 8             /* names that are told of in the log, of one walk */
#define ENGINE_SWEEP_SETTING "documents/since" /* ms of the wall clock: what was written before is not this store's */

struct engine_sweep_item {
    char digits[ENGINE_DIGITS_SIZE];
    bool is_left;                /* an upload of it is under way */
    bool is_gone;                /* by this sweep */
    uint64_t freed;
    int rc, error;
};

/* What the last walk that is over met; of the one under way, written in the pool. */
struct engine_sweep_counts {
    uint64_t unnamed;            /* files that no record names, and that are not old enough */
    uint64_t foreign, unreadable, failed;
};

struct engine_sweeping {
    bool is_running, is_working; /* a walk; one of its jobs */
    bool is_removing;            /* the window's files are being removed: no upload of them is placed */
    bool is_over;                /* all names were looked at */
    struct engine_file_walk walk;
    struct engine_sweep_item items[ENGINE_SWEEP_WINDOW];
    size_t count;
    int64_t next_ms;             /* monotonic: of the next job */
    int64_t due_ms;              /* of the hub: of the next walk */
    int64_t since_ms;            /* ENGINE_SWEEP_SETTING; INT64_MIN = the store is older than that */
    int64_t before_ms;           /* what was written before is old enough */
    struct engine_sweep_counts now, last;
    unsigned told;
    uint64_t swept, bytes;       /* since start */
};

/* At the start. has_documents: as for engine_pins_start. Errors: OD_EIO, OD_ENOMEM, OD_EBUSY. */
OD_MUST_CHECK int engine_sweeping_start(struct engine *engine, struct store_reader *reader, bool has_documents);
void engine_sweeping_run(struct engine *engine); /* at each tick */
bool engine_sweeping_has(const struct engine *engine, const char *digits); /* its file is being removed */
void engine_sweeping_fini(struct engine_sweeping *sweeping);

/* -- material_supplied.c: which contents supplements named -- */

struct engine_supplied {
    struct engine_supplied *next;
    char digits[ENGINE_DIGITS_SIZE];
};

/* In the pool, by the journal; NULL = none, else in the arena. Errors: OD_ENOMEM, OD_EIO. Cost: O(records of the application). */
OD_MUST_CHECK int engine_supplied_read(struct store_reader *reader, uint64_t application, struct base_arena *arena, struct engine_supplied **list);

/* -- material_pin.c: which applications need which contents -- */

/* In this order. */
enum engine_pinning_phase {
    ENGINE_PINNING_NONE = 0,
    ENGINE_PINNING_RELEASED,     /* contents that were to go: they may be needed after all */
    ENGINE_PINNING_UNCLAIMED,    /* likewise */
    ENGINE_PINNING_APPLICATIONS,
    ENGINE_PINNING_KEPT,         /* contents that nobody needs */
};

struct engine_pinning {
    bool is_needed, is_running;
    bool is_lost;                /* something of the window was not stored */
    enum engine_pinning_phase phase;
    int64_t pause_until_ms;      /* monotonic */
    uint64_t after;              /* application, or content */
    uint64_t ids[ENGINE_ERASE_WINDOW];
    size_t count, at;
};

/* Pins of the contents that a list of materials and the power of attorney of an applicant name, in the arena of the batch being filled;
 * *pins NULL = none are named. Either may be NULL. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_pins_make(struct engine *engine, const struct base_json *materials, const struct base_json *applicant,
                                   struct store_pins **pins);
/* Of one content. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_pins_make_one(struct engine *engine, const char *digits, struct store_pins **pins);
/* All that an application has are released with the write. Errors: OD_ENOMEM. */
OD_MUST_CHECK int engine_pins_make_release(struct engine *engine, struct store_pins **pins);
void engine_pins_attach(struct store_write *write, struct store_pins *pins); /* pins NULL: nothing */
/* For an application that is there, by themselves; call as ENGINE_DEED_WRITE, NULL = nobody asks. Errors: OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_pins_put(struct engine *engine, uint64_t application, struct store_pins *pins, engine_call_cb call, void *data);
/* has_documents: the store has had some, whoever wrote it; else there is nothing to look for. Errors: OD_EIO, OD_ENOMEM, OD_EBUSY. */
OD_MUST_CHECK int engine_pins_start(struct engine *engine, struct store_reader *reader, bool has_documents);
void engine_pins_run(struct engine *engine); /* at each tick */
bool engine_pins_are_whole(const struct engine *engine); /* else nothing may be released */
bool engine_pins_are_quiet(const struct engine *engine);

/* -- material_turn.c: numbers of an application's documents are given by one at a time -- */

struct engine_turn {
    struct base_list node; /* in materials.turns */
    uint64_t application;
    bool has_begun;
    void (*on_turn)(struct engine *engine, void *data); /* NULL = it is not taken */
    void *data;
};

/* on_turn now, or once those before it of the same application are over. turn: the caller's, and there until it ends. */
void engine_turn_take(struct engine *engine, struct engine_turn *turn);
/* What it put is durable or was refused, or stands in the application. Not taken: nothing. */
void engine_turn_end(struct engine *engine, struct engine_turn *turn);

struct engine_upload;
struct infected;

struct engine_materials {
    char folder[PATH_MAX];
    struct base_list uploads;            /* struct engine_upload, those under way */
    size_t upload_count, job_count;
    struct base_list waiting;            /* uploads that wait for a place in the pool */
    struct base_list turns;              /* struct engine_turn, in the order they were taken */
    bool is_turning;                     /* one of them begins */
    struct engine_loose *buckets[ENGINE_LOOSE_BUCKETS];
    size_t loose_count;
    struct infected *infected_buckets[ENGINE_INFECTED_BUCKETS];
    struct base_list infected;           /* the same, the oldest first */
    size_t infected_count;
    struct engine_erasing erasing;
    struct engine_pinning pinning;
    struct engine_sweeping sweeping;
    uint64_t taken, refused, bytes;      /* since start */
    uint64_t scans_waiting;              /* documents that wait for the scanner, and since when the first does; 0 = none */
    int64_t scans_since_ms, scans_minute; /* minute of the last look */
    bool is_watching, is_stuck;          /* one is under way; it was told */
    struct base_list tellings;           /* material_tell.c: verdicts that are being told */
};

/* -- material_watch.c: a scanner that does nothing is told of -- */

#define ENGINE_SCAN_STUCK_MINUTES 15   /* so long a document may wait, then staff are alerted, once until nothing waits so long */
#define ENGINE_SCAN_WATCH_MAX 4096     /* documents that one look counts */
void engine_scans_watch(struct engine *engine); /* at each tick */
bool engine_scans_are_quiet(const struct engine *engine);

/* Content digits is to be kept for a while: until an application pins it. on_kept once that is durable. */
struct engine_keep {
    struct engine *engine;
    char digits[ENGINE_DIGITS_SIZE];
    uint64_t size;
    enum catalog_document document;
    uint64_t application;                 /* that is about to pin it, with number, material and name: for the scanner; 0 = none yet */
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

/* A loose content whose size or media type is said otherwise by a list of materials, or any that is infected, is refused: OD_EINVAL,
 * OD_EDENIED infected, *index is the item (unchanged else). */
OD_MUST_CHECK int engine_contents_check(const struct engine *engine, const struct base_json *materials, size_t *index);
#define ENGINE_POWER_INDEX (SIZE_MAX - 1) /* in place of an index: the power of attorney */
/* The same of the power of attorney of an agent: OD_EDENIED infected, *index is set. */
OD_MUST_CHECK int engine_power_check(const struct engine *engine, const struct base_json *applicant, size_t *index);
/* They are pinned, and that is durable: they wait for nobody any more. applicant may be NULL. */
void engine_contents_settle(struct engine *engine, const struct base_json *materials, const struct base_json *applicant);
void engine_content_settle(struct engine *engine, const char *digits);
/* The same, of those that the body of a request names; data: struct front_request, rc OD_OK. */
void engine_named_settle(struct engine *engine, void *data, int rc);
/* 422: material index of the body is held, and is not what the body says; or is infected. */
void engine_refuse_content(struct front_request *request, size_t index, bool is_infected);
/* 422: no more documents are taken for the application. */
void engine_refuse_more(struct front_request *request, const char *pointer);
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
void engine_materials_run(struct engine *engine); /* at each tick */
bool engine_materials_are_quiet(const struct engine *engine);
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
void engine_uploads_run(struct engine *engine); /* at each tick: those that wait for a place in the pool */
/* The contents whose files were being removed are gone: uploads of them go on. */
void engine_uploads_resume(struct engine *engine);
bool engine_upload_has(const struct engine *engine, const char *digits); /* one of them is about to be placed, or was and is not answered */

/* -- material_view.c: the versions of an application -- */

struct engine_version {
    const char *material, *name, *media_type, *by, *at; /* NULL = not known */
    char digits[ENGINE_DIGITS_SIZE];    /* "" = declared without its hash */
    int64_t size;                       /* -1 = not known */
    unsigned number;                    /* of the material, from 1; given once, with what is stored of it */
    bool is_stored;                     /* its content is here */
    bool is_uploaded;                   /* for the application, by itself; not declared */
    const char *erased_at;              /* by the rule of retention; NULL = it was not */
    int erased_years;                   /* that rule */
    enum engine_scan scan;              /* of its content */
    bool is_newest;                     /* of its material: the highest number */
};

struct engine_versions {
    struct engine_version *items; /* count of them, in the job's arena */
    size_t count;
    size_t later_count;           /* of them uploaded or supplied, not declared with the submission */
};

/* The digits of a hash as contents are named: in lower case; no more of them than a hash has. */
void engine_digits_copy(char out[ENGINE_DIGITS_SIZE], const char *digits);

typedef void (*engine_versions_cb)(struct engine *engine, struct engine_application *application,
                                   const struct engine_versions *versions, int rc, void *data);
/* What was handed in for the application, oldest first within each material. */
void engine_versions_get(struct engine *engine, uint64_t id, engine_versions_cb on_versions, void *data);
void engine_put_version(struct base_buffer *buffer, const char *key, const struct engine_application *application, const struct engine_version *version);
bool engine_versions_have(const struct engine_versions *versions, const char *material, const char *digits);
/* Of a material; NULL = there is none. The next number is one more. */
const struct engine_version *engine_version_newest(const struct engine_versions *versions, const char *material);
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
