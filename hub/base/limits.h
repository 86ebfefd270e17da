/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit on what comes from outside, in one place. Each has a test at the
 * limit and at limit + 1. Sizes are bytes, counts are counts, times say so. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* JSON, at every door. */
#define BASE_JSON_DEPTH_MAX 64
#define BASE_JSON_NODES_MAX 65536

/* HTTP. */
#define BASE_HTTP_HEAD_MAX (16 * 1024)  /* request line and headers -> 431 */
#define BASE_HTTP_BODY_MAX (1024 * 1024) /* -> 413 */
#define BASE_HTTP_HEADERS_MAX 100       /* header fields -> 431 */
#define BASE_HTTP_CONNECTIONS_MAX 4096  /* open at once -> 503 and closed */
#define BASE_HTTP_PIPELINE_MAX 32       /* requests taken from one connection before it must read answers */
#define BASE_HTTP_HEAD_TIMEOUT_MS 10000 /* from the first byte of a request to its last header byte */
#define BASE_HTTP_BODY_TIMEOUT_MS 30000 /* from there to its last body byte */
#define BASE_HTTP_IDLE_TIMEOUT_MS 60000 /* between requests */
#define BASE_HTTP_WRITE_TIMEOUT_MS 30000 /* an answer that the client does not take */
#define BASE_SSE_CLIENTS_MAX 512        /* event streams at once -> 503 */
#define BASE_SSE_BACKLOG_MAX (1024 * 1024) /* unsent bytes of one stream; more -> cut, it resumes by Last-Event-ID */

/* Applications. */
#define BASE_FORM_MAX (128 * 1024) /* the form object as received -> 413 */
#define BASE_TEXT_MAX (8 * 1024)   /* one text of an opinion, reason or condition */
#define BASE_REASONS_MAX 32        /* reasons, or conditions, of one opinion */
#define BASE_IDEMPOTENCY_KEY_MAX 255
#define BASE_MATERIALS_MAX 256     /* materials in one submission */
#define BASE_PAGE_MAX 200          /* items of one list page */
#define BASE_PAGE_DEFAULT 50
#define BASE_IN_FLIGHT_MAX 8192    /* submissions not yet durable -> 503 Retry-After */

/* Connector protocol. */
#define BASE_FRAME_MAX (256 * 1024)      /* header and payload */
#define BASE_BATCH_ITEMS_MAX 128
#define BASE_BATCH_BYTES_MAX (128 * 1024) /* soft: a batch is closed when the next item would pass it */
#define BASE_ITEM_FIELD_MAX (64 * 1024)  /* one field of an item */
#define BASE_CHECKPOINT_MAX (64 * 1024)
#define BASE_LOG_LINE_MAX (8 * 1024)
#define BASE_EXTERNAL_REF_MAX 255
#define BASE_CONNECTORS_MAX 1024
#define BASE_CREDITS_MAX 4096            /* offers in hand of one session */

/* Names. */
#define BASE_ID_MAX 64 /* catalogue, connector and module ids */

#endif
