/* SPDX-License-Identifier: Apache-2.0 */
/* Whose objects somebody may see, and what of a person. Both are tables of docs/people.md, and the test of every route by
 * every role reads them there.
 *
 *   department  an officer, and a head whose key names a department, see and act on what has a task of it; heads without
 *               one, the front desk, supervisors and admins see everything
 *   person      each member of an applicant has a kind; who need not see the kind does not get the member */
#ifndef ENGINE_SCOPE_H
#define ENGINE_SCOPE_H

#include "engine/internal.h"

/* The department that the reader is bound to; NULL = to none. Borrowed from the request. */
const char *engine_scope_of(const struct front_request *request);
/* Does the application have a task that the reader may see? */
bool engine_may_see(const struct front_request *request, const struct engine_application *application);
/* 403 with its reason. */
void engine_refuse_other(struct front_request *request);

/* A route under /v1/applications/{number} by a reader who is bound: engine_perform once the application is found to be one
 * of the department's, else it is answered, 404 or 403. false: nothing is to be looked at. */
bool engine_scope_check(struct engine *engine, struct front_request *request);

/* -- Persons -- */

/* Kinds of personal data. What is of no kind here is no one's business but those who handle the application. */
enum engine_personal {
    ENGINE_PERSONAL_OTHER = 0,
    ENGINE_PERSONAL_NONE,    /* says nothing about who it is: kind, id_type, locale */
    ENGINE_PERSONAL_NAME,
    ENGINE_PERSONAL_NUMBER,  /* of an identity document, or an organization's */
    ENGINE_PERSONAL_CONTACT, /* phone, e-mail */
    ENGINE_PERSONAL_ADDRESS,
    ENGINE_PERSONAL_KINDS,
};

/* Of a member of an applicant, an agent or a representative. */
enum engine_personal engine_personal_kind(const char *member);
bool engine_personal_may_see(uint32_t roles, enum engine_personal kind);
/* The applicant (NULL = none) with the members that somebody with these roles may see, at any depth. */
void engine_applicant_put(struct base_buffer *buffer, const char *key, const struct base_json *applicant, uint32_t roles);
/* May somebody with these roles see the form field? Those that the catalogue calls personal are for whoever handles the
 * application. */
bool engine_field_may_see(uint32_t roles, const struct catalog_service *service, const char *field);
/* The same of an application as a whole: who is bound to a department sees what the department's matters declare.
 * request NULL = the applicant, who sees it all. */
bool engine_field_is_for(const struct front_request *request, const struct engine_application *application, const char *field);

#endif
