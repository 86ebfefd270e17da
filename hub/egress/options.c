/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/options.h"

#include <stdio.h>
#include <string.h>

#define USAGE "usage: onedoor-egress [--secrets FOLDER] [--ca FILE], with the hub's socket as descriptor 3"

int egress_options_read(int count, char *const *arguments, struct egress_options *options, char text[256])
{
    struct egress_options read = {0};

    for (int i = 1; i < count; i += 2) {
        const char **place = strcmp(arguments[i], "--secrets") == 0 ? &read.secrets
                             : strcmp(arguments[i], "--ca") == 0    ? &read.ca
                                                                    : NULL;

        if (place == NULL || i + 1 == count || arguments[i + 1][0] == '\0') {
            snprintf(text, 256, "%.60s is unknown, or its value is missing; " USAGE, arguments[i]);
            return OD_EINVAL;
        }
        *place = arguments[i + 1];
    }
    *options = read;
    return OD_OK;
}
