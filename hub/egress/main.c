/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-egress: the only process that dials out. Descriptor 3 is the socket to the hub.
 *
 * It holds nothing that would be missed: the hub starts it anew, and what was under way is answered with what
 * is known of its effect. */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "egress/confine.h"
#include "egress/egress.h"
#include "egress/options.h"

#define HUB_FD 3

static _Noreturn void end(enum egress_exit exit, const char *reason)
{
    dprintf(STDERR_FILENO, "onedoor-egress: %s (exit %d)\n", reason, (int)exit);
    _exit((int)exit);
}

int main(int count, char **arguments)
{
    static struct egress egress;
    struct egress_options options;
    uv_loop_t loop;
    char text[256];

    base_log_init("onedoor-egress", NULL, BASE_LOG_INFO);
    if (egress_options_read(count, arguments, &options, text) != OD_OK)
        end(EGRESS_EXIT_ARGUMENTS, text);
    if (fcntl(HUB_FD, F_SETFD, FD_CLOEXEC) != 0)
        end(EGRESS_EXIT_ARGUMENTS, "descriptor 3 is not open; the hub starts this program, not people");
    if (egress_confine() != OD_OK)
        end(EGRESS_EXIT_MACHINE, "the process cannot be confined");
    if (base_hash_init() != OD_OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || uv_loop_init(&loop) != 0)
        end(EGRESS_EXIT_MACHINE, "no memory left");
    if (egress_start(&egress, &loop, HUB_FD, options.secrets, options.ca) != OD_OK)
        end(EGRESS_EXIT_MACHINE, "descriptor 3 is no socket");
    uv_run(&loop, UV_RUN_DEFAULT);
    end(EGRESS_EXIT_MACHINE, "nothing is left to wait for");
}
