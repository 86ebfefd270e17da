/* SPDX-License-Identifier: Apache-2.0 */
/* What a request needs, kept for the next one: blocks of received bytes, requests and
 * connections. Private to hub/front. Loop thread only. */
#ifndef FRONT_POOL_H
#define FRONT_POOL_H

#include <stdbool.h>
#include <stddef.h>

#define FRONT_BLOCK_SIZE 8192                    /* bytes of an ordinary block */
#define FRONT_LARGE_BYTES_MAX (64 * 1024 * 1024) /* all blocks over that size together -> 503  \
                                                  */
#define FRONT_POOL_KEPT_MAX 1024                 /* free elements kept of each kind */

struct front_http_call;
struct front_connection;

/* Received bytes. The connection that reads into it holds one reference, each request
 * that borrows from it another. */
struct front_block {
    struct front_block *next; /* when free */
    unsigned refs;            /* 0 = free */
    size_t size;              /* bytes received */
    size_t room;
    char bytes[];
};

struct front_pools {
    struct front_block *blocks;
    struct front_http_call *calls;
    struct front_connection *connections;
    size_t block_count, call_count, connection_count; /* free ones */
    size_t large_bytes; /* in use, in blocks over FRONT_BLOCK_SIZE */
    size_t used_count;  /* elements given out */
};

/* A block of at least room bytes with one reference; NULL when memory is short. */
struct front_block *front_block_take(struct front_pools *pools, size_t room);
void front_block_release(struct front_pools *pools,
                         struct front_block *block); /* accepts NULL */

/* A request, everything zero except an empty head buffer; NULL when memory is short. */
struct front_http_call *front_http_call_take(struct front_pools *pools);
void front_http_call_give_back(struct front_pools *pools, struct front_http_call *call);

/* A zeroed connection; NULL when memory is short. */
struct front_connection *front_connection_take(struct front_pools *pools);
void front_connection_give_back(struct front_pools *pools, struct front_connection *connection);

/* Frees what is kept; nothing may be given out any more. */
void front_pools_fini(struct front_pools *pools);

#endif
