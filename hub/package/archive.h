/* SPDX-License-Identifier: Apache-2.0 */
/* Package files as an open file. Private to this folder. */
#ifndef PACKAGE_ARCHIVE_H
#define PACKAGE_ARCHIVE_H

#include "package/bundle.h"

/* package_bundle_read of an open package file; fd stays the caller's. */
OD_MUST_CHECK int package_archive_read(int fd, const char *label, enum package_part part, struct package_bundle *bundle,
                                       struct package_refusal *refusal);

#endif
