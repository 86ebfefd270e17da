/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

const char *base_error_name(int code)
{
    switch (code) {
    case OD_OK: return "OD_OK";
#define ROW(name, number, text) case name: return #name;
        OD_ERRORS(ROW)
#undef ROW
    default: return "OD_E?";
    }
}

const char *base_error_text(int code)
{
    switch (code) {
    case OD_OK: return "success";
#define ROW(name, number, text) case name: return text;
        OD_ERRORS(ROW)
#undef ROW
    default: return "unknown error";
    }
}
