/* SPDX-License-Identifier: Apache-2.0 */
/* Who performs which route. The front has checked method, role and body before. */
#include "engine/center.h"
#include "engine/concern.h"
#include "engine/operations.h"
#include "engine/key.h"
#include "engine/mark.h"
#include "engine/material.h"
#include "engine/message.h"
#include "engine/parcel.h"
#include "engine/payment.h"
#include "engine/result.h"
#include "engine/quantity.h"
#include "engine/repeat.h"
#include "engine/seal.h"
#include "engine/told.h"
#include "engine/force.h"

#include <assert.h>

typedef void (*perform_cb)(struct engine *engine, struct front_request *request);

static void feed_start(struct engine *engine, struct front_request *request)
{
    engine_feed_start(engine, request, 0);
}

static void answer_health(struct engine *engine, struct front_request *request)
{
    engine_answer_health(engine, request);
}

static const perform_cb performers[FRONT_ROUTES] = {
    [FRONT_APPLICATION_SUBMIT] = engine_submit,
    [FRONT_APPLICATION_FEES] = engine_payment_perform,
    [FRONT_TRACK_FEES] = engine_payment_perform,
    [FRONT_PAYMENT_ADD] = engine_payment_perform,
    [FRONT_PAYMENT_REFUND] = engine_payment_perform,
    [FRONT_PAYMENT_REPORT] = engine_payment_report,
    [FRONT_DELIVERY_SHOW] = engine_delivery_show,
    [FRONT_APPLICATION_RESULT] = engine_result_perform,
    [FRONT_TRACK_RESULT] = engine_result_perform,
    [FRONT_APPLICATION_SUPPLEMENT] = engine_supplement,
    [FRONT_APPLICATION_WITHDRAW] = engine_withdraw,
    [FRONT_APPLICATION_DELIVERY] = engine_delivery,
    [FRONT_APPLICATION_LIST] = engine_query_perform,
    [FRONT_APPLICATION_SHOW] = engine_query_perform,
    [FRONT_APPLICATION_EVENTS] = engine_query_perform,
    [FRONT_APPLICATION_CLOCKS] = engine_query_perform,
    [FRONT_TRACK] = engine_query_perform,
    [FRONT_SERVICE_LIST] = engine_guide_perform,
    [FRONT_SERVICE_SHOW] = engine_guide_perform,
    [FRONT_SERVICE_EXAMPLE] = engine_guide_perform,
    [FRONT_MATTER_LIST] = engine_guide_perform,
    [FRONT_MATTER_SHOW] = engine_guide_perform,
    [FRONT_MATTER_QUANTITY] = engine_quantity_show,
    [FRONT_DEPARTMENT_LIST] = engine_guide_perform,
    [FRONT_CENTER] = engine_center_show,
    [FRONT_REGISTER] = engine_register_list,
    [FRONT_DELEGATION_LIST] = engine_delegation_list,
    [FRONT_TASK_LIST] = engine_task_list,
    [FRONT_TASK_SHOW] = engine_task_show,
    [FRONT_TASK_TAKE] = engine_task_perform,
    [FRONT_TASK_OPINION] = engine_task_perform,
    [FRONT_TASK_PAUSE] = engine_task_perform,
    [FRONT_TASK_RESUME] = engine_task_perform,
    [FRONT_TASK_ASK] = engine_task_perform,
    [FRONT_TASK_EXTEND] = engine_task_perform,
    [FRONT_TASK_MILESTONE] = engine_task_perform,
    [FRONT_TASK_BAR] = engine_task_perform,
    [FRONT_TASK_REQUEUE] = engine_task_perform,
    [FRONT_TASK_CLAIM] = engine_task_perform,
    [FRONT_TASK_RELEASE] = engine_task_perform,
    [FRONT_TASK_BATCH] = engine_task_batch,
    [FRONT_INCIDENT_LIST] = engine_incidents_list,
    [FRONT_INCIDENT_RETRY] = engine_incidents_retry,
    [FRONT_OPERATIONS] = engine_operations_show,
    [FRONT_APPLICATION_CHECK] = engine_check,
    [FRONT_APPLICATION_EXTEND] = engine_extend_whole,
    [FRONT_APPLICATION_NOTICES] = engine_notices,
    [FRONT_NOTICE_TOLD] = engine_told,
    [FRONT_APPLICATION_CERTIFICATE] = engine_notices,
    [FRONT_APPLICATION_PAPER] = engine_paper,
    [FRONT_ALERT_LIST] = engine_alert_list,
    [FRONT_CALENDAR_LIST] = engine_calendar_perform,
    [FRONT_CALENDAR_SHOW] = engine_calendar_perform,
    [FRONT_CATALOG_RELOAD] = engine_catalog_reload,
    [FRONT_CONFIG_SHOW] = engine_config_show,
    [FRONT_CATALOG_VERSIONS] = engine_force_list,
    [FRONT_CATALOG_SOURCES] = engine_sources_show,
    [FRONT_CATALOG_CANDIDATE_ADD] = engine_candidate_perform,
    [FRONT_CATALOG_CANDIDATE_LIST] = engine_candidate_perform,
    [FRONT_CATALOG_CANDIDATE_DROP] = engine_candidate_perform,
    [FRONT_MODULE_LIST] = engine_connector_perform,
    [FRONT_CONNECTOR_LIST] = engine_connector_perform,
    [FRONT_CONNECTOR_SHOW] = engine_connector_perform,
    [FRONT_CONNECTOR_LOGS] = engine_connector_perform,
    [FRONT_CONNECTOR_LOAD] = engine_connector_perform,
    [FRONT_CONNECTOR_UNLOAD] = engine_connector_perform,
    [FRONT_CONNECTOR_UPGRADE] = engine_connector_perform,
    [FRONT_CONNECTOR_ROLLBACK] = engine_connector_perform,
    [FRONT_CONNECTOR_DRAIN] = engine_connector_perform,
    [FRONT_CONNECTOR_ENABLE] = engine_connector_perform,
    [FRONT_CONNECTOR_DISABLE] = engine_connector_perform,
    [FRONT_CONNECTOR_HISTORY] = engine_connector_perform,
    [FRONT_CALLBACK] = engine_callback,
    [FRONT_CONNECTOR_REQUEST] = engine_remote_request,
    [FRONT_EVENTS] = feed_start,
    [FRONT_APPLICATION_BUNDLE] = engine_bundle,
    [FRONT_EVIDENCE_KEY] = engine_seal_perform,
    [FRONT_CHECKPOINT_LIST] = engine_seal_perform,
    [FRONT_CHECKPOINT_SHOW] = engine_seal_perform,
    [FRONT_CHECKPOINT_MAKE] = engine_seal_perform,
    [FRONT_STATISTICS] = engine_statistics,
    [FRONT_STATISTICS_REPAIR] = engine_statistics_repair,
    [FRONT_ASSESSMENTS] = engine_assessment,
    [FRONT_SERVICE_PREVIEW] = engine_preview,
    [FRONT_MATERIAL_UPLOAD] = engine_material_perform,
    [FRONT_APPLICATION_MATERIAL_ADD] = engine_material_perform,
    [FRONT_APPLICATION_MATERIALS] = engine_material_perform,
    [FRONT_APPLICATION_MATERIAL_CONTENT] = engine_material_perform,
    [FRONT_MESSAGE_LIST] = engine_message_perform,
    [FRONT_MESSAGE_SHOW] = engine_message_perform,
    [FRONT_MESSAGE_RETRY] = engine_message_perform,
    [FRONT_INQUIRY_NEW] = engine_concern_perform,
    [FRONT_INQUIRY_LIST] = engine_concern_perform,
    [FRONT_INQUIRY_TRACK] = engine_concern_perform,
    [FRONT_INQUIRY_SHOW] = engine_concern_perform,
    [FRONT_INQUIRY_REPLY] = engine_concern_perform,
    [FRONT_INQUIRY_PASS] = engine_concern_perform,
    [FRONT_COMPLAINT_NEW] = engine_concern_perform,
    [FRONT_COMPLAINT_LIST] = engine_concern_perform,
    [FRONT_COMPLAINT_TRACK] = engine_concern_perform,
    [FRONT_COMPLAINT_SHOW] = engine_concern_perform,
    [FRONT_COMPLAINT_REPLY] = engine_concern_perform,
    [FRONT_COMPLAINT_PASS] = engine_concern_perform,
    [FRONT_EVALUATION_NEW] = engine_concern_perform,
    [FRONT_EVALUATION_OF] = engine_concern_perform,
    [FRONT_EVALUATION_LIST] = engine_concern_perform,
    [FRONT_EVALUATION_TRACK] = engine_concern_perform,
    [FRONT_EVALUATION_SHOW] = engine_concern_perform,
    [FRONT_EVALUATION_REPAIR] = engine_concern_perform,
    [FRONT_EVALUATION_PASS] = engine_concern_perform,
    [FRONT_GRIEVANCE_NEW] = engine_concern_perform,
    [FRONT_GRIEVANCE_LIST] = engine_concern_perform,
    [FRONT_GRIEVANCE_SHOW] = engine_concern_perform,
    [FRONT_GRIEVANCE_CONFIRM] = engine_concern_perform,
    [FRONT_KEY_CREATE] = engine_key_perform,
    [FRONT_KEY_LIST] = engine_key_perform,
    [FRONT_KEY_REVOKE] = engine_key_perform,
    [FRONT_METRICS] = engine_metrics,
    [FRONT_TEST_CLOCK] = engine_test_clock,
    [FRONT_HEALTH] = answer_health,
    [FRONT_READY] = answer_health,
};

bool engine_performs(enum front_route route)
{
    return performers[route] != NULL;
}

void engine_perform(struct engine *engine, struct front_request *request)
{
    assert(request->route < FRONT_ROUTES);
    if (performers[request->route] != NULL)
        engine_repeat_perform(engine, request, performers[request->route]);
    else /* of the front's own */
        front_answer_problem(request, FRONT_NOT_FOUND, NULL, NULL, 0);
}
