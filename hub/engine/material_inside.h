/* SPDX-License-Identifier: Apache-2.0 */
/* One document on its way in; material_upload.c takes it, material_record.c records it and says what became of it. Private to
 * hub/engine/material_*.c. */
#ifndef ENGINE_MATERIAL_INSIDE_H
#define ENGINE_MATERIAL_INSIDE_H

#include "engine/material.h"

enum engine_upload_fault {
    ENGINE_UPLOAD_NONE = 0,
    ENGINE_UPLOAD_EMPTY,
    ENGINE_UPLOAD_TYPE,
    ENGINE_UPLOAD_SIZE,
    ENGINE_UPLOAD_FULL,
    ENGINE_UPLOAD_BUSY,
    ENGINE_UPLOAD_INSIDE,
    ENGINE_UPLOAD_GONE,
};

struct engine_upload {
    struct base_list node;    /* in materials.uploads */
    struct base_list waiting; /* in materials.waiting */
    struct engine *engine;
    struct front_request *request;
    uint64_t application;     /* 0 = of none yet */
    const char *material;     /* NULL = not said; with the name in the request's arena */
    const char *name;
    uint32_t documents;       /* kinds that are taken */
    uint64_t size_max;
    struct engine_document_file file;
    const void *bytes;        /* the piece in hand */
    size_t count;
    int (*run)(struct engine_upload *upload);         /* in the pool, next or now */
    struct store_reader *reader;                      /* while it runs */
    void (*then)(struct engine_upload *upload, int rc); /* on the loop, after it */
    bool is_working, is_held, is_gone;
    bool is_placed;           /* its file is where it is to be, or on its way there */
    bool is_removing;         /* its file is to go again: none of the same content is placed until then */
    bool is_errand_own;       /* the application has an errand of its own for the content, as this material */
    enum engine_upload_fault fault;
    struct engine_turn turn;
    struct engine_keep keep;
    struct engine_version version; /* as it was recorded */
    char id[ENGINE_VERSION_ID_SIZE], at[BASE_TIME_SIZE];
    enum engine_scan scan;
    bool is_again;             /* the same was uploaded before */
    bool is_supplied;
};

/* -- material_upload.c -- */

/* run in the pool, then on the loop; rc OD_EBUSY: the pool was full and it did not run. */
void engine_upload_work(struct engine_upload *upload, int (*run)(struct engine_upload *upload),
                        void (*then)(struct engine_upload *upload, int rc));

/* -- material_record.c -- */

enum engine_upload_fault engine_upload_fault_of(int rc);
/* The one way out when it fails: nothing of it stays, and it is answered. */
void engine_upload_drop(struct engine_upload *upload, enum engine_upload_fault fault);
/* Likewise once its file may be in its place: it goes, unless somebody has it or is about to. */
void engine_upload_take_back(struct engine_upload *upload, enum engine_upload_fault fault);
/* Answered already: counted as refused, and gone. */
void engine_upload_refused(struct engine_upload *upload);
void engine_upload_answer_failed(struct engine_upload *upload, int rc);
void engine_upload_answer_closed(struct front_request *request, const struct engine_application *application);
void engine_upload_refuse_unasked(struct engine_upload *upload); /* answered, and gone */
bool engine_upload_is_open(const struct engine_application *application); /* it takes documents */
/* Its file is in place, under its content's name. */
void engine_upload_record(struct engine_upload *upload);

#endif
