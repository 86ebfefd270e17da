/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for monitoring, in the Prometheus text format, version 0.0.4. */
#include "engine/material.h"

static void put(struct base_buffer *body, const char *name, const char *type, const char *help, uint64_t value)
{
    base_buffer_put_format(body, "# HELP onedoor_%s %s\n# TYPE onedoor_%s %s\nonedoor_%s %llu\n", name, help, name, type,
                           name, (unsigned long long)value);
}

static void put_engine(struct base_buffer *body, const struct engine *engine)
{
    put(body, "submissions_total", "counter", "Submissions received since start.", engine->submitted);
    put(body, "applications_accepted_total", "counter", "Applications made durable since start.", engine->accepted);
    put(body, "decisions_total", "counter", "Combined decisions since start.", engine->decided);
    put(body, "offers_total", "counter", "Offers to connectors since start.", engine->offers);
    put(body, "reports_total", "counter", "Reports of connectors since start.", engine->reports);
    put(body, "submissions_unsettled", "gauge", "Submissions that are not durable yet.", engine->submits_unsettled);
    put(body, "cache_bytes", "gauge", "Memory of applications in the cache.", engine->cache_bytes);
    put(body, "clock_jumps_total", "counter", "Jumps of the system's clock seen since start.", engine->time.jumps);
    put(body, "self_tests_total", "counter", "Daily self-tests of the warnings that arrived since start.", engine->self_test.arrivals);
    put(body, "self_tests_failed_total", "counter", "Daily self-tests that did not arrive since start.", engine->self_test.failures);
    put(body, "self_test_arrived_seconds", "gauge", "Unix time of the last self-test that arrived.", (uint64_t)(engine->self_test.arrived_ms / 1000));
    put(body, "resident_bytes", "gauge", "Memory of the hub's process.", base_memory_resident());
    put(body, "reads_under_way", "gauge", "Reads in the pool.", engine->jobs_open);
}

static void put_store(struct base_buffer *body, const struct engine *engine)
{
    struct store_figures figures;

    store_figures(engine->store, &figures);
    put(body, "store_commits_total", "counter", "Transactions since start.", figures.commits);
    put(body, "store_writes_total", "counter", "Writes since start.", figures.writes);
    put(body, "store_commit_microseconds_total", "counter", "Time of the writer in transactions.", figures.commit_us_sum);
    put(body, "store_commit_microseconds_max", "gauge", "Longest transaction since start.", figures.commit_us_max);
    put(body, "store_wal_bytes", "gauge", "Size of the write-ahead log.", figures.wal_bytes);
    put(body, "store_disk_free_bytes", "gauge", "Free space where the store lies.", figures.disk_free_bytes);
    put(body, "journal_seq", "counter", "Last record of the journal.", figures.journal_seq);
}

static void put_doors(struct base_buffer *body, const struct engine *engine)
{
    struct front_figures front;
    struct connect_figures connect;

    front_figures(engine->front, &front);
    connect_figures(engine->connect, &connect);
    put(body, "http_connections", "gauge", "Open connections.", front.connections_open);
    put(body, "http_connections_refused_total", "counter", "Connections answered 503 at the limit.", front.connections_refused);
    put(body, "http_requests_total", "counter", "Requests since start.", front.requests);
    put(body, "http_answers_4xx_total", "counter", "Answers 4xx since start.", front.answers_4xx);
    put(body, "http_answers_5xx_total", "counter", "Answers 5xx since start.", front.answers_5xx);
    put(body, "http_cut_slow_total", "counter", "Connections cut at a deadline.", front.cut_slow);
    put(body, "event_streams", "gauge", "Open event streams.", front.streams_open);
    put(body, "connector_sessions_total", "counter", "Sessions since start.", connect.sessions);
    put(body, "connector_crashes_total", "counter", "Connector processes that crashed.", connect.crashes);
    put(body, "connector_hangs_total", "counter", "Connector processes killed by the watchdog.", connect.hangs_killed);
    put(body, "connector_breakers_opened_total", "counter", "Circuit breakers of connectors that opened since start.", connect.breakers_opened);
    put(body, "connector_breakers_open", "gauge", "Connectors whose circuit breaker is open or half open.", connect.breakers_open);
    put(body, "connector_services_total", "counter", "Service requests of connectors (kv, http, secret, material).", connect.services);
    put(body, "egress_requests_total", "counter", "Requests given to the egress process.", connect.egress_requests);
    put(body, "egress_starts_total", "counter", "Egress processes started.", connect.egress_starts);
    put(body, "egress_up", "gauge", "1 while the egress process answers.", connect.is_egress_up);
    put(body, "callbacks_total", "counter", "Callbacks of departments that were taken.", engine->callbacks_taken);
    put(body, "callbacks_refused_total", "counter", "Callbacks of departments that were refused.", engine->callbacks_refused);
    put(body, "connector_items_total", "counter", "Items sent to connectors.", connect.items_sent);
}

static void put_materials(struct base_buffer *body, const struct engine *engine)
{
    const struct engine_materials *materials = engine->materials;

    put(body, "uploads", "gauge", "Documents that are coming in.", materials->upload_count);
    put(body, "uploads_total", "counter", "Documents taken in since start.", materials->taken);
    put(body, "uploads_refused_total", "counter", "Uploads refused or broken off since start.", materials->refused);
    put(body, "uploads_bytes_total", "counter", "Bytes of the documents taken in since start.", materials->bytes);
    put(body, "documents_loose", "gauge", "Documents that no application has yet.", materials->loose_count);
    put(body, "documents_erased_total", "counter", "Documents erased since start, by the rule of retention or since nobody claimed them.", materials->erasing.erased);
    put(body, "documents_erased_bytes_total", "counter", "Bytes freed thereby.", materials->erasing.bytes);
    put(body, "documents_not_erased", "gauge", "Documents that could not be removed from the disk at the last try.", materials->erasing.failures);
    put(body, "documents_swept_total", "counter", "Files of documents that no record names, removed since start.", materials->sweeping.swept);
    put(body, "documents_swept_bytes_total", "counter", "Bytes freed thereby.", materials->sweeping.bytes);
    put(body, "documents_unnamed", "gauge", "Such files that were there at the last look, and were not old enough.", materials->sweeping.last.unnamed);
    put(body, "documents_not_swept", "gauge", "Such files, and folders, that the disk would not remove or show at the last look.",
        materials->sweeping.last.failed + materials->sweeping.last.unreadable);
    put(body, "documents_foreign", "gauge", "Names in the folder of documents that are not this store's, at the last look.", materials->sweeping.last.foreign);
    put(body, "documents_scanning", "gauge", "Documents that wait for the virus scan.", materials->scans_waiting);
    put(body, "documents_scanning_seconds", "gauge", "How long the first of them has waited.",
        materials->scans_waiting > 0 && engine->now.ms > materials->scans_since_ms ? (uint64_t)(engine->now.ms - materials->scans_since_ms) / 1000 : 0);
    put(body, "documents_scan_stuck", "gauge", "1 while one has waited too long.", materials->is_stuck);
}

void engine_metrics(struct engine *engine, struct front_request *request)
{
    struct base_buffer body = {0};

    put_engine(&body, engine);
    put_store(&body, engine);
    put_doors(&body, engine);
    put_materials(&body, engine);
    front_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, &body);
}
