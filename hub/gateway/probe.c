/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/probe.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

#define HELLO_SIZE 8
#define LENGTH_SIZE 8
#define ID_SIZE 4
#define FRAME_MAX (1 + LENGTH_SIZE + ID_SIZE + GATEWAY_TOKEN_SIZE)

/* "SP", version 0, then the protocol's number: request 0x30, reply 0x31. */
static const char hello_ours[HELLO_SIZE] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
static const char hello_theirs[HELLO_SIZE] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};

/* Length, request id, token; over ipc a byte 1 comes first. The answer looks the same. */
static size_t frame_make(enum gateway_scheme scheme, const uint8_t token[GATEWAY_TOKEN_SIZE],
                         char frame[FRAME_MAX])
{
    const uint64_t length = htobe64(ID_SIZE + GATEWAY_TOKEN_SIZE);
    const uint32_t id = htobe32(0x80000001);
    size_t size = 0;

    if (scheme == GATEWAY_IPC)
        frame[size++] = 1;
    memcpy(frame + size, &length, LENGTH_SIZE);
    size += LENGTH_SIZE;
    memcpy(frame + size, &id, ID_SIZE);
    size += ID_SIZE;
    memcpy(frame + size, token, GATEWAY_TOKEN_SIZE);
    return size + GATEWAY_TOKEN_SIZE;
}

static bool has_sent(int fd, const char *bytes, size_t size)
{
    return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/* Do exactly these bytes come before the deadline? */
static bool has_come(int fd, const char *expected, size_t size, int64_t deadline_ms)
{
    char bytes[FRAME_MAX];
    size_t have = 0;

    while (have < size && base_monotonic_ms() < deadline_ms) {
        ssize_t count = recv(fd, bytes + have, size - have, 0);
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        if (count > 0)
            have += (size_t)count;
    }
    return have == size && memcmp(bytes, expected, size) == 0;
}

int gateway_probe(const struct gateway_address *address, const uint8_t token[GATEWAY_TOKEN_SIZE],
                  uint32_t timeout_ms)
{
    int64_t deadline_ms = base_monotonic_ms() + timeout_ms;
    char frame[FRAME_MAX];
    size_t size = frame_make(address->scheme, token, frame);
    int fd;

    int rc = gateway_address_dial(address, timeout_ms, &fd);
    if (rc != OD_OK)
        return rc;
    bool is_sound = has_sent(fd, hello_ours, sizeof(hello_ours)) &&
                    has_come(fd, hello_theirs, sizeof(hello_theirs), deadline_ms) &&
                    has_sent(fd, frame, size) && has_come(fd, frame, size, deadline_ms);
    close(fd);
    return is_sound ? OD_OK : OD_EIO;
}
