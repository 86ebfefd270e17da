/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of errands there are, and which connector serves which. */
#include "engine/errand_inside.h"

#include <stdio.h>
#include <string.h>

static const struct engine_errand_kind *const kinds[] = {&engine_message_errand, &engine_parcel_errand, &engine_scan_errand};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const struct engine_errand_kind *engine_errand_kind_of(uint8_t entry)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kinds[i]->entry == entry)
            return kinds[i];
    return NULL;
}

const struct engine_errand_kind *engine_errand_kind_find(const char *serves)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i]->serves, serves) == 0)
            return kinds[i];
    return NULL;
}

const struct engine_errand_kind *engine_errand_kind_served(const char *department_id)
{
    for (size_t i = 0; department_id[0] == '@' && i < KIND_COUNT; i++) {
        size_t size = strlen(kinds[i]->serves);

        if (strncmp(department_id + 1, kinds[i]->serves, size) == 0 && department_id[1 + size] == '.')
            return kinds[i];
    }
    return NULL;
}

int engine_errand_department_id(const char *serves, const char *connector, char id[BASE_ID_MAX + 1], char text[512])
{
    if (engine_errand_kind_find(serves) == NULL) {
        snprintf(text, 512, "connector %.64s: serves must be \"messages\", \"parcels\" or \"scans\", or be left out for a department", connector);
        return OD_EINVAL;
    }
    if (strlen(serves) + strlen(connector) + 2 > BASE_ID_MAX) {
        snprintf(text, 512, "connector %.64s: the id of a connector that serves %s may have at most %zu bytes", connector, serves,
                 BASE_ID_MAX - 2 - strlen(serves));
        return OD_EINVAL;
    }
    *id = '@'; /* it fits, as was looked at */
    strcpy(id + 1, serves);
    strcat(id, ".");
    strcat(id, connector);
    return OD_OK;
}

int engine_errand_department_add(struct engine *engine, struct engine_department *department)
{
    struct engine_errands *errands = engine->errands;
    struct engine_department **served =
        base_realloc(errands->served, (errands->served_count + 1) * sizeof(struct engine_department *));

    if (served == NULL)
        return OD_ENOMEM;
    errands->served = served;
    errands->served[errands->served_count++] = department;
    return OD_OK;
}

bool engine_errand_has_connector(const struct engine *engine, const struct engine_errand_kind *kind)
{
    const struct engine_errands *errands = engine->errands;

    for (size_t i = 0; i < errands->served_count; i++) {
        const struct engine_department *department = errands->served[i];

        if (department->serves == kind->entry && (department->link != NULL || department->unserved[0] != '\0'))
            return true;
    }
    return false;
}
