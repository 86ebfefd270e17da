// SPDX-License-Identifier: Apache-2.0
// A module in C++17 as an author wrote it on the day ABI 1.0 was released.
#include <memory>
#include <string>

#include <onedoor/plugin.h>

namespace {

struct Desk {
    const struct od_host *host;
    std::string greeting;
};

int open_desk(const struct od_host *host, void **self)
{
    auto desk = std::make_unique<Desk>();
    const char *greeting = "welcome";
    int rc = od_config_text(host, "note", &greeting);

    desk->host = host;
    desk->greeting = greeting;
    *self = desk.release();
    return rc == OD_ENOTFOUND ? OD_OK : rc;
}

void close_desk(void *self)
{
    delete static_cast<Desk *>(self);
}

int offer_desk(void *self, const struct od_offer *offer)
{
    const Desk &desk = *static_cast<Desk *>(self);
    std::string reason = desk.greeting + " " + std::string(offer->form, offer->form_size);

    return od_approve(desk.host, offer->task, reason.c_str());
}

constexpr struct od_plugin desk()
{
    struct od_plugin plugin = od_plugin_blank();
    plugin.id = "museum";
    plugin.version = "1.0.0";
    plugin.open = open_desk;
    plugin.close = close_desk;
    plugin.offer = offer_desk;
    return plugin;
}

} // namespace

OD_PLUGIN = desk();
