/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of routes: method, pattern, who may, and whether a body is due. What is
 * not in it does not exist. Private to hub/front and its tests. Pure. */
#ifndef FRONT_ROUTES_H
#define FRONT_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "front/front.h"
#include "front/http_parse.h"

#define FRONT_PARAM_MAX 128 /* bytes of a decoded path parameter; longer ones name nothing */

enum front_body_rule {
    FRONT_BODY_NONE = 0, /* a body is refused */
    FRONT_BODY_OPTIONAL,
    FRONT_BODY_DUE,
    FRONT_BODY_STREAM, /* taken in pieces: front_upload_start */
};

struct front_route_row {
    enum front_route route;
    enum front_method method;
    const char *pattern; /* {x} stands for one segment */
    uint32_t roles;      /* any of these bits; FRONT_ROLE_CITIZEN = everyone */
    enum front_body_rule body;
};

/* Rows in the order of enum front_route, FRONT_PAGE left out (front_page is asked for what
 * no row names). *count is set. */
const struct front_route_row *front_routes(size_t *count);

struct front_match {
    const struct front_route_row *row; /* NULL: no row has the path, or none the method */
    unsigned methods; /* bits of enum front_method that the path allows; 0 = no such path */
    const char *params[2]; /* parts of path; borrowed, not NUL-terminated */
    size_t param_sizes[2];
};

/* path: decoded, NUL-terminated. HEAD finds the row of GET. */
void front_route_find(const char *path, enum front_method method, struct front_match *match);

/* Does a POST to this target bring a body that is streamed? */
bool front_route_is_streamed(const char *target, size_t size);

#endif
