/* SPDX-License-Identifier: Apache-2.0 */
/* The pages by what they show. Each function belongs to rows of the table in pages.c and sees
 * to it that the visit is answered. Private to hub/front/pages*.c. */
#ifndef FRONT_PAGES_ROWS_H
#define FRONT_PAGES_ROWS_H

#include "front/pages_visit.h"

/* pages_public.c: for everyone. */
void front_page_home(struct front_visit *visit);
void front_page_guide(struct front_visit *visit);
void front_page_service(struct front_visit *visit);
void front_page_track(struct front_visit *visit);
void front_page_track_sent(struct front_visit *visit);
void front_page_track_supplied(struct front_visit *visit); /* documents that were asked for */
/* The look-up code of the number, when it was the last one tracked in this browser ("NUMBER.CODE" in a cookie that stays
 * with this site's track pages); NULL otherwise. */
const char *front_page_track_code(struct front_visit *visit, const char *number);

/* pages_paper.c: what is printed; params: number, kind ("" = the list). */
void front_page_paper(struct front_visit *visit);
void front_page_track_paper(struct front_visit *visit);

/* pages_center.c: for everyone. */
void front_page_register(struct front_visit *visit);
void front_page_hall(struct front_visit *visit);

/* pages_apply.c: the form of a service. */
void front_page_apply(struct front_visit *visit);
void front_page_apply_sent(struct front_visit *visit);

/* pages_worklist.c */
void front_page_worklist(struct front_visit *visit);
void front_page_worklist_sent(struct front_visit *visit);

/* pages_operations.c: how the center runs, and what stands still. */
void front_page_operations(struct front_visit *visit);
void front_page_incidents(struct front_visit *visit);
void front_page_incident_sent(struct front_visit *visit);

/* pages_task.c: for officers. */
void front_page_task(struct front_visit *visit);
void front_page_task_sent(struct front_visit *visit);

/* pages_desk.c: for the front desk and supervision. */
void front_page_applications(struct front_visit *visit);

/* pages_application.c */
void front_page_application(struct front_visit *visit);
void front_page_application_sent(struct front_visit *visit);
void front_page_application_live(struct front_visit *visit);
void front_page_documents(struct front_visit *visit);
void front_page_documents_sent(struct front_visit *visit); /* files of the front desk */
void front_page_document(struct front_visit *visit);
void front_page_certificate(struct front_visit *visit);

/* pages_alerts.c: what members of staff are warned of. */
void front_page_alerts(struct front_visit *visit);

/* pages_aftercare.c: for everyone. */
void front_page_letter(struct front_visit *visit); /* an inquiry or a complaint */
void front_page_letter_sent(struct front_visit *visit);
void front_page_reply(struct front_visit *visit);
void front_page_reply_sent(struct front_visit *visit);
void front_page_rating(struct front_visit *visit); /* by link and at the kiosk */
void front_page_rating_sent(struct front_visit *visit);

/* pages_aftercare_staff.c */
void front_page_concerns(struct front_visit *visit);
void front_page_concerns_sent(struct front_visit *visit);
void front_page_concern(struct front_visit *visit);
void front_page_concern_sent(struct front_visit *visit);

/* pages_messages.c: what went out to applicants. */
void front_page_messages(struct front_visit *visit);
void front_page_message(struct front_visit *visit);
void front_page_message_sent(struct front_visit *visit);

/* pages_calendars.c: for everyone. */
void front_page_evidence(struct front_visit *visit); /* pages_evidence.c */
void front_page_calendars(struct front_visit *visit);
void front_page_calendar(struct front_visit *visit);

/* pages_catalog.c: taking another catalogue, for admins. */
void front_page_catalog(struct front_visit *visit);
void front_page_catalog_sent(struct front_visit *visit);
void front_page_catalog_uploaded(struct front_visit *visit);
void front_page_catalog_candidate_sent(struct front_visit *visit);
void front_page_catalog_sources(struct front_visit *visit);

/* pages_assessment.c: for all members of staff, each what is theirs. */
void front_page_assessments(struct front_visit *visit);
void front_page_assessments_file(struct front_visit *visit);

/* pages_statistics.c: for all members of staff. */
void front_page_statistics(struct front_visit *visit);
void front_page_statistics_file(struct front_visit *visit);

/* pages_connectors.c */
void front_page_connectors(struct front_visit *visit);
void front_page_connectors_sent(struct front_visit *visit);
void front_page_connector(struct front_visit *visit);
void front_page_connector_sent(struct front_visit *visit);

/* pages_keys.c: keys and sessions, for admins. */
void front_page_keys(struct front_visit *visit);
void front_page_keys_sent(struct front_visit *visit);
void front_page_key_sent(struct front_visit *visit);
void front_page_session_sent(struct front_visit *visit);

/* pages_sign_in.c */
void front_page_sign_in(struct front_visit *visit);
void front_page_sign_in_sent(struct front_visit *visit);
void front_page_sign_out_sent(struct front_visit *visit);
/* Did the form come from a page of this hub? Whoever is known by what the browser sends by itself must say so. */
bool front_page_is_own_form(struct front_visit *visit);

/* pages_put.c: pieces of JSON. */

/* "name=value" of a query, with '&' before it where something stands; nothing for a NULL value. */
void front_page_put_pair(struct base_buffer *query, const char *name, const char *value);
/* [{"id", "is_chosen"}] of words; chosen: one of them, or NULL. */
void front_page_put_words(struct base_buffer *view, const char *key, const char *const *words, size_t count,
                          const char *chosen);
/* "next": the query of the next page, with every filter; "is_filtered": one of them is set; "clear": base, the page without any. */
void front_page_put_filters(struct front_visit *visit, const char *base, const char *const *filters, size_t count, const char *cursor);
/* "next": name and the cursor of the next page of a list, as a query; null at the last. */
void front_page_put_next(struct front_visit *visit, const char *name, const struct base_json *list);
/* Services to choose from: all where a page of the API holds them, else those of the department in the query. Asks for them; then
 * members "services" and "services_cut" (there are too many: a department is to be chosen first). */
void front_page_ask_services(struct front_visit *visit);
void front_page_put_services(struct front_visit *visit);
/* An array of the lines of text that are not empty. */
void front_page_put_lines(struct base_buffer *body, const char *key, const char *text);
/* {"id", "name", "is_chosen"} for each of list's "items"; chosen: an id, or NULL. */
void front_page_put_options(struct base_buffer *view, const char *key,
                            const struct base_json *list, const char *chosen);
/* pages_history.c: a page of a list of the application of the path, the first where the page's own query does not say which by
 * that name. */
void front_page_ask_part(struct front_visit *visit, enum front_route route, const char *name);
/* "events" were asked for; where they are a long history, its newest page, too. */
void front_page_ask_newest(struct front_visit *visit);
/* Member "history" of the view, the events newest first, with the names of matter and department. */
void front_page_put_history(struct front_visit *visit, const struct base_json *application);
/* pages_history.c: member "notices" of the view, the list with "is_sent" at the one whose form was refused. list: of notices, or NULL. */
void front_page_put_notices(struct front_visit *visit, const struct base_json *list);
/* Member "tasks" of the view: each with whether the reader gets to its page ("may_open"); of what waits for the applicant,
 * "shown_state" says so. */
void front_page_put_tasks(struct front_visit *visit, const struct base_json *application);
/* "done", "total" and "is_final" of an application's tasks, as members of buffer's object. */
void front_page_put_progress(struct base_buffer *buffer, const struct base_json *application);

/* Ask for "center", where the reader may not submit by himself. */
void front_page_ask_where(struct front_visit *visit);

#endif
