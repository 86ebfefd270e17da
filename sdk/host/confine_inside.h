/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of confine.c, one file each. In the order of use. Each either works
 * whole, or leaves in *why what is missing. */
#ifndef HOST_CONFINE_INSIDE_H
#define HOST_CONFINE_INSIDE_H

#include <stdbool.h>

#include "host/confine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOST_IS_SANITIZED 1 /* its shadow memory and its reports need what a module must not have */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOST_IS_SANITIZED 1
#endif
#endif
#ifndef HOST_IS_SANITIZED
#define HOST_IS_SANITIZED 0
#endif

/* What a module may read while it is loaded and opened: shared libraries, time zones
 * and locales. Ends with NULL. */
extern const char *const host_confine_paths[];

/* confine.c: root gives itself up for a user whom nothing belongs to, or the folder; again, or as another user: no
 * effect. */
void host_confine_identity(const struct host_confine_options *options);

/* confine_space.c: user, network, IPC and mount namespaces. In the new root lie
 * host_confine_paths, the own descriptors, and the sockets and the folder of options. It calls host_confine_identity at its
 * time. Errors: OD_EUNSUPPORTED. */
OD_MUST_CHECK int host_confine_space(const struct host_confine_options *options, char why[HOST_REASON_SIZE]);

/* confine_files.c: Landlock. Errors: OD_EUNSUPPORTED. */
OD_MUST_CHECK int host_confine_files(const struct host_confine_options *options, char why[HOST_REASON_SIZE]);

/* confine_calls.c: seccomp. A module with "net" gets sockets only where it sees no others than its own
 * (has_space): no filter can tell one path from another. Errors: OD_EUNSUPPORTED. */
OD_MUST_CHECK int host_confine_calls(const struct host_confine_options *options, bool has_space,
                                     char why[HOST_REASON_SIZE]);
OD_MUST_CHECK int host_confine_calls_tighten(bool has_folder);

/* confine_report.c: what the author is told of a call that is refused, once each. */

/* The kinds of refused calls; each has an errno and a hint of its own. */
enum host_refusal {
    HOST_REFUSE_NONE = 0,
    HOST_REFUSE_FILES,
    HOST_REFUSE_NETWORK,
    HOST_REFUSE_PROCESSES,
    HOST_REFUSE_SELF,
    HOST_REFUSE_CODE,
    HOST_REFUSE_KERNEL,
};

/* A system call with a name of its own in the report. number: of this machine, negative = it has none. */
struct host_refused_call {
    int number;
    const char *name;
    enum host_refusal refusal;
    bool is_partly; /* refused with some arguments only: those that confine_calls.c names */
};

extern const struct host_refused_call host_refused_calls[];
extern const unsigned host_refused_call_count;

/* Write the report to stderr and let the call fail. Errors: OD_EIO. */
OD_MUST_CHECK int host_confine_report_start(void);

#endif
