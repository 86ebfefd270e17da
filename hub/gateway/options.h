/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of onedoor-nng. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include "gateway/address.h"

struct gateway_options {
    struct gateway_address front_desk, events, connectors; /* scheme GATEWAY_SCHEME_NONE = no such door */
    const char *certificate; /* PEM file with certificate and key, or NULL; borrowed */
};

/* arguments: as main has them. text: 256 bytes for an English sentence on error.
 * Errors (*options unchanged): OD_EINVAL. */
OD_MUST_CHECK int gateway_options_read(int count, char *const *arguments, struct gateway_options *options,
                                       char text[256]);

#endif
