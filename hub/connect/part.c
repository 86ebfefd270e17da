/* SPDX-License-Identifier: Apache-2.0 */
/* What of an application a connector may be given: what its manifest declares, which an
 * admin approved. */
#include "connect/inside.h"

bool connect_link_may_see(const struct connect_link *link, enum connect_part part, const char *name)
{
    const struct package_capabilities *granted = &connect_link_manifest(link)->capabilities;

    switch (part) {
    case CONNECT_PART_FIELD: return package_texts_allow(&granted->fields, name);
    case CONNECT_PART_APPLICANT: return package_texts_allow(&granted->applicant, name);
    case CONNECT_PART_MATERIALS: return granted->has_materials;
    case CONNECT_PART_NONE: break;
    }
    return false;
}
