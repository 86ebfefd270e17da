/* SPDX-License-Identifier: Apache-2.0 */
/* The frame that every inherited socketpair speaks: hub and host, hub and gateway,
 * hub and egress.
 * A 32-byte little-endian header, then `length` payload bytes.
 *
 *   0  u32 length   payload bytes after this header, <= BASE_FRAME_MAX - 32
 *   4  u8  kind     enum base_frame_kind
 *   5  u8  flags    BASE_FRAME_*; of a report's answer: enum base_answer
 *   6  u16 count    sub-frames in the payload; 0 = the payload is one JSON value or empty
 *   8  u64 id       request id; in a sub-frame: item seq, or report id
 *  16  u64 task     task handle, 0 = none
 *  24  u32 epoch    owner's epoch of the task, or of the session
 *  28  u32 reserved 0
 *
 * A batch is one frame whose payload is `count` sub-frames of the same shape, so
 * that a batch costs one header more and the JSON of each item passes unparsed.
 * Pure: no I/O here. Source: docs/connectors/protocol.md. */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/buffer.h"
#include "base/limits.h"

#define BASE_FRAME_HEADER_SIZE 32
#define BASE_FRAME_PAYLOAD_MAX (BASE_FRAME_MAX - BASE_FRAME_HEADER_SIZE)

#define BASE_FRAME_REPLY 1u /* flags: the answer to the request with this id */

enum base_frame_kind {
    BASE_FRAME_NONE = 0,
    /* Requests, always from the connector to the hub; the reply has the same kind. */
    BASE_FRAME_HELLO = 1,
    BASE_FRAME_POLL = 2,
    BASE_FRAME_REPORT = 3,
    BASE_FRAME_SERVICE = 4,
    BASE_FRAME_BYE = 5,
    /* Items of a poll's answer: from the hub. */
    BASE_ITEM_OFFER = 16,
    BASE_ITEM_RESUME = 17,
    BASE_ITEM_CANCEL = 18,
    BASE_ITEM_INPUT = 19,
    BASE_ITEM_EVENT = 20,
    BASE_ITEM_RELEASE = 21,
    BASE_ITEM_CONFIGURE = 22,
    BASE_ITEM_DRAIN = 23,
    BASE_ITEM_STOP = 24,
    BASE_ITEM_TIME = 25, /* {"now_ms": n}: the hub's wall clock jumped (virtual clock only) */
    /* Items of a report: from the connector. */
    BASE_ITEM_ACCEPT = 32,
    BASE_ITEM_CHECKPOINT = 33,
    BASE_ITEM_NEED_INPUT = 34,
    BASE_ITEM_PAUSE = 35,
    BASE_ITEM_PROGRESS = 36,
    BASE_ITEM_OPINION = 37,
    BASE_ITEM_FAIL = 38,
    BASE_ITEM_GIVE_BACK = 39,
    BASE_ITEM_CANCELLED = 40,
    BASE_ITEM_LOG = 41,
    BASE_ITEM_METRIC = 42,
    BASE_ITEM_UNPAUSE = 43, /* the department goes on after a pause */
    /* Gateway process <-> hub: one front-desk request or its answer, one feed message, a sign of life. */
    BASE_FRAME_DOOR = 64,
    BASE_FRAME_PUBLISH = 65,
    BASE_FRAME_PING = 66,
    BASE_FRAME_REMOTE = 67, /* as DOOR, of a remote connector */
    /* Hub <-> egress process: what a connector may reach, one request and its answer, and, before
     * its first byte leaves, that it does. */
    BASE_FRAME_PROFILE = 68,
    BASE_FRAME_EGRESS = 69,
    BASE_FRAME_SENT = 70,
};

/* Answer to one report item, given after it is durable. */
enum base_answer {
    BASE_ANSWER_NONE = 0,
    BASE_ANSWER_OK = 1,
    BASE_ANSWER_STALE = 2,    /* the task has another owner by now */
    BASE_ANSWER_CONFLICT = 3, /* contradicts what is recorded; recorded and flagged, not applied */
    BASE_ANSWER_REFUSED = 4,  /* malformed, over a limit or not allowed now; payload {"reason": ...} */
    BASE_ANSWER_RETRY = 5,    /* the hub cannot store now; report again with the same id */
};

struct base_frame {
    uint32_t length;
    uint8_t kind;
    uint8_t flags;
    uint16_t count;
    uint64_t id;
    uint64_t task;
    uint32_t epoch;
    const char *payload; /* borrowed: length bytes */
};

void base_frame_put(struct base_buffer *buffer, const struct base_frame *frame); /* header and payload */

/* Begin a frame whose payload is written straight into buffer; returns its offset.
 * base_frame_end fixes length and count there. */
size_t base_frame_begin(struct base_buffer *buffer, const struct base_frame *frame);
void base_frame_end(struct base_buffer *buffer, size_t offset, uint16_t count);

/* Read the frame at the start of bytes. *used is its whole size. Payload borrowed.
 * Errors (outputs unchanged): OD_EBUSY more bytes are needed; OD_ELIMIT length over
 * the limit; OD_EPEER kind 0 or reserved not 0. */
OD_MUST_CHECK int base_frame_read(const char *bytes, size_t size, struct base_frame *frame,
                                  size_t *used);

/* Walk the sub-frames of a batch: *offset starts at 0. The first call checks that
 * exactly `count` whole sub-frames fill the payload, so that a broken batch yields
 * none of its items. Errors: OD_ENOTFOUND at the clean end; OD_EPEER when a
 * sub-frame is cut or the count does not fit. Cost of the first call: O(count). */
OD_MUST_CHECK int base_frame_next(const struct base_frame *batch, size_t *offset,
                                  struct base_frame *item);

#endif
