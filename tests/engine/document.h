/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the stage, each called by the text that it is. */
#ifndef TEST_ENGINE_DOCUMENT_H
#define TEST_ENGINE_DOCUMENT_H

#include "engine/desk.h"

/* Its hash, as digits, and its file; static, good for 64 and for one further call. */
const char *document_digits(const char *text);
const char *document_path(const char *text);

bool document_is_there(const char *text); /* its file */
int document_state(const char *text);     /* of its entry; 0 = it has none */

/* The front desk uploads it, for no application yet. */
struct stage_request *document_upload(const char *text, int status);

#endif
