/* SPDX-License-Identifier: Apache-2.0 */
/* Is a file a shared object that the host may load? Looked at without running it. The loader
 * is the one who reads it next, with less suspicion: what it would trust is in bounds here.
 * Pure. Source: System V ABI, "Object files"; elf(5). */
#ifndef PACKAGE_ELF_H
#define PACKAGE_ELF_H

#include "package/bundle.h"

#define PACKAGE_ELF_SEGMENTS_MAX 64
#define PACKAGE_ELF_DYNAMIC_MAX 1024         /* entries of the dynamic section */
#define PACKAGE_ELF_NEEDED_MAX 64            /* libraries */
#define PACKAGE_ELF_SPAN_MAX (1024L * 1024 * 1024) /* bytes of address space */

/* Refused ("elf"): another machine, a program, code that is writable, an executable stack, text relocations,
 * search paths of its own outside the system's, a library named by path, hooks of the loader (audit,
 * filter), tables out of bounds, no exported od_plugin_entry. *warning: what is allowed but bad, a
 * sentence, or "". label: how messages call the file. Errors: OD_EINVAL. */
OD_MUST_CHECK int package_elf_check(const void *bytes, size_t size, const char *label, char warning[PACKAGE_TEXT_SIZE],
                                    struct package_refusal *refusal);

#endif
