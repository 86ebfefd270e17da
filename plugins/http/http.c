/* SPDX-License-Identifier: Apache-2.0 */
/* A department behind a REST API, connected by configuration alone. How to write one:
 * docs/connectors/http.md. What the host calls is in serve.c; the rest is in http.h. */
#include "http.h"

/* The same code is built as other modules, for what is not a department: plugins/sms. */
#ifndef HTTP_MODULE_ID
#define HTTP_MODULE_ID "http"
#endif

OD_PLUGIN = {OD_PLUGIN_INIT, .id = HTTP_MODULE_ID, .version = "1.0.0", .open = http_open, .close = http_close,
             .offer = http_offer, .resume = http_offer, .cancel = http_cancel, .input = http_input,
             .event = http_event, .release = http_release, .answered = http_answered, .health = http_health,
             .drain = http_drain};
