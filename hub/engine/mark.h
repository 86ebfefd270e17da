/* SPDX-License-Identifier: Apache-2.0 */
/* What milestones say beside the state of a task: who chairs its hearing, to whom it is delegated. It stands in the row of
 * its application and follows from the journal alone, so that a replay has the same.
 *
 *   {"hearing": {"on", "chair"}, "delegated": {"to", "text", "on"}}
 *
 * Who chairs a hearing is never who reviews the application (Licensing Law art. 48): neither before, by the journal, nor after.
 * Loop thread, but engine_mark_take. */
#ifndef ENGINE_MARK_H
#define ENGINE_MARK_H

#include "engine/internal.h"

/* Into the text of its task, from an event as the journal has it; what is no such milestone changes nothing. Any thread.
 * Errors: OD_ENOMEM (unchanged). */
OD_MUST_CHECK int engine_mark_take(struct engine_text *marks, const struct base_json *event);
/* Of a row that an earlier hub wrote: from the journal. Nothing when it is all there. Cost: a read of its history. */
void engine_marks_restore(struct engine *engine, struct engine_application *application);
/* "hearing" and "delegated", into the object that is open. */
void engine_put_marks(struct base_buffer *buffer, const struct engine_application *application, unsigned task);

/* Names of people in a text, parted by commas, semicolons or lines, of any width. */
bool engine_names_have(const char *text, const char *name);
bool engine_names_are_two(const char *text); /* or more, that differ */
/* The same person, whatever white space stands around and however Latin letters are written. */
bool engine_name_is(const char *name, const char *other);

/* hearing.c */
/* Does who chair a hearing of the application? Errors: OD_EDENIED yes; OD_ENOMEM. */
OD_MUST_CHECK int engine_chair_check(const struct engine_application *application, const char *who);
/* Of the officers of an opinion; *at, which may be NULL: the first that does. Errors: as engine_chair_check. */
OD_MUST_CHECK int engine_officers_check(const struct engine_application *application, const struct base_json *opinion, size_t *at);
/* An act of review by who chairs a hearing of the application, or in the name of one: answered 422. */
bool engine_answer_if_chair(struct front_request *request, const struct engine_application *application);
/* Of names as in engine_names_have. Errors: as engine_chair_check. */
OD_MUST_CHECK int engine_names_check(const struct engine_application *application, const char *text);
/* Is it who announces the hearing, has claimed a task of the application, or has given an opinion on one? */
bool engine_is_reviewer(const struct front_request *request, const struct engine_application *application, const char *who);
/* A hearing is announced: has its chair a part in the review, by the journal? Then it is answered 422, else go_on is called with
 * the request. Errors (neither): OD_EBUSY, OD_ENOMEM. */
OD_MUST_CHECK int engine_reviewers_ask(struct engine *engine, uint64_t application, struct front_request *request, engine_application_cb go_on);
void engine_refuse_chair(struct front_request *request);

/* delegation.c: to whom a matter is delegated is announced (Licensing Law art. 24): to the applicant by a notice, to everybody in
 * a register of its own, which names neither an application nor an applicant. */
#define ENGINE_DELEGATE_MAX 500 /* bytes of the other body's name */
bool engine_delegation_read(struct front_request *request); /* false: it was refused */
void engine_delegation_put(struct base_buffer *details, const struct front_request *request); /* "to", "text": members of the event */
/* Is there room in the batch being filled for one more, beside its event and what that tells? */
bool engine_delegation_has_room(const struct engine *engine);
/* With the event, which was taken. */
void engine_delegation_announce(struct engine *engine, struct engine_application *application, const struct front_request *request, unsigned task);
/* GET /v1/delegations */
void engine_delegation_list(struct engine *engine, struct front_request *request);

/* milestone.c */
/* The journal is to be asked first: a hearing is announced, and its chair is named. */
bool engine_mark_must_ask(const struct front_request *request);
/* OD_OK when it was answered or will be; OD_ESTATE is the caller's to answer. */
OD_MUST_CHECK int engine_mark(struct engine *engine, struct engine_application *application, struct front_request *request, unsigned task);

#endif
