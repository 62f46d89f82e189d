/* An event handler for Janus: decides about those who join a room of the VideoRoom plugin, and kicks whom an order blocks.
 *
 * Janus tells of a join when it has happened, so a blocked participant is in the room for some milliseconds. The handler kicks nobody
 * else, and ends no room. When it cannot ask, it lets everybody stay, logs why and counts it.
 *
 * Events come from Janus's threads in a queue. One thread of the handler takes them out, reads changed files and reviews the rooms, so
 * what it knows needs no lock but against the Admin API. */

#include <bailiwick.h>

#include <arpa/inet.h>
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <janus/config.h>
#include <janus/debug.h>
#include <janus/events/eventhandler.h>
#include <janus/plugins/plugin.h>

#define PACKAGE "janus.eventhandler.bailiwick"
#define NAME "bailiwick"
#define VIDEOROOM "janus.plugin.videoroom"

/* The plugin's code of an error: it has no such participant (JANUS_VIDEOROOM_ERROR_NO_SUCH_FEED). */
enum { NO_SUCH_PARTICIPANT = 428 };

/* The core's own function. Its header is for the core alone. */
janus_plugin *janus_plugin_find(const gchar *package);

/* More connections than this were not closed in any order: the oldest knowledge is given up, and those who then open a session are
 * let in without a decision. */
enum { MAX_TRANSPORTS = 1 << 20 };

/* Configuration. Set once, before the thread begins. */
static struct {
    char *orders;
    GPtrArray *sources;
    size_t min_sources;
    bailiwick_region host;
    gint64 watch;
    char *secret;
    GHashTable *secrets;
    GHashTable *exempt; /* addresses of services, 16 bytes in hexadecimal */
} config;

/* Somebody in a room. */
struct participant {
    json_t *room, *id;
    char *meeting, *address;
    /* Whether the log says that they stay although they are blocked. */
    gboolean told;
};

/* What the thread and the Admin API share. */
static GMutex lock;
static bailiwick_live *live;
static bailiwick_ledger *ledger;
static char *fingerprint;
static GHashTable *transports;   /* "package id" -> address */
static GHashTable *sessions;     /* session id -> address */
static GHashTable *participants; /* handle id -> struct participant */
static struct {
    json_int_t asked, removed, unasked, watching, reloads, refused;
} counts;

static GAsyncQueue *events;
static GThread *thread;
static json_t ending; /* marks the end of the queue */

/* ---- small things ------------------------------------------------------------------------------------------------------------------- */

static gboolean copy_key(gint64 *key, json_t *number) {
    *key = json_integer_value(number);
    return *key != 0;
}

static gint64 *key_of(gint64 value) {
    gint64 *key = g_new(gint64, 1);
    *key = value;
    return key;
}

static void participant_free(void *value) {
    struct participant *participant = value;
    json_decref(participant->room);
    json_decref(participant->id);
    g_free(participant->meeting);
    g_free(participant->address);
    g_free(participant);
}

/* Logs what an error says, and frees it. */
static void log_error(const char *what, bailiwick_error *error) {
    bailiwick_str message = bailiwick_error_message(error);
    JANUS_LOG(LOG_ERR, "[bailiwick] %s: %.*s\n", what, (int)message.len, message.ptr);
    bailiwick_error_free(error);
}

static int64_t now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Reads the 16 bytes of an address. */
static gboolean read_address(const char *text, uint8_t address[16]) {
    struct in_addr v4;
    if (text != NULL && inet_pton(AF_INET, text, &v4) == 1) {
        memset(address, 0, 10);
        memset(address + 10, 0xff, 2);
        memcpy(address + 12, &v4, 4);
        return TRUE;
    }
    return text != NULL && inet_pton(AF_INET6, text, address) == 1;
}

/* An address as a key. */
static char *address_key(const uint8_t address[16]) {
    GString *text = g_string_new(NULL);
    int n;
    for (n = 0; n < 16; n++) {
        g_string_append_printf(text, "%02x", address[n]);
    }
    return g_string_free(text, FALSE);
}

static gboolean is_exempt(const uint8_t address[16]) {
    char *key = address_key(address);
    gboolean exempt = g_hash_table_contains(config.exempt, key);
    g_free(key);
    return exempt;
}

/* The name of a room in orders. Rooms have numbers, or names with `string_ids`; orders name either as text. */
static char *meeting_of(json_t *room) {
    return json_is_string(room) ? g_strdup(json_string_value(room)) : g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(room));
}

/* ---- files ---------------------------------------------------------------------------------------------------------------------------- */

static void add_stat(GString *text, const char *path) {
    struct stat file;
    if (stat(path, &file) == 0) {
        g_string_append_printf(text, "%s %ld.%ld %ld %lu\n", path, (long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec, (long)file.st_size,
                               (unsigned long)file.st_ino);
    }
}

/* The files that the policy is read from, as they are now. */
static char *look_at_files(void) {
    GString *text = g_string_new(NULL);
    char *acknowledged = g_strconcat(config.orders, ".acknowledged", NULL);
    guint n, m;
    add_stat(text, config.orders);
    add_stat(text, acknowledged);
    g_free(acknowledged);
    for (n = 0; n + 1 < config.sources->len; n++) {
        /* `NAME=FORMAT:FILE,FILE`: what is no file has no status. */
        char **files = g_strsplit(g_ptr_array_index(config.sources, n), ",", -1);
        for (m = 0; files[m] != NULL; m++) {
            const char *equals = strchr(files[m], '='), *colon = strrchr(files[m], ':');
            add_stat(text, files[m]);
            if (equals != NULL) add_stat(text, equals + 1);
            if (colon != NULL) add_stat(text, colon + 1);
        }
        g_strfreev(files);
    }
    return g_string_free(text, FALSE);
}

static bailiwick_policy *open_policy(bailiwick_error **error) {
    bailiwick_atlas *atlas = NULL;
    bailiwick_policy *policy = NULL;
    const char *const *sources = (const char *const *)config.sources->pdata;
    if (bailiwick_atlas_open(sources, config.sources->len - 1, config.min_sources, &atlas, error) == BAILIWICK_OK) {
        bailiwick_policy_open(config.orders, atlas, &policy, error);
    }
    bailiwick_atlas_free(atlas);
    return policy;
}

static void log_digest(void) {
    bailiwick_policy *policy = bailiwick_live_load(live);
    char digest[80];
    size_t len = bailiwick_policy_warnings(policy, NULL, 0);
    char *warnings = g_malloc(len + 1);
    bailiwick_policy_warnings(policy, warnings, len + 1);
    bailiwick_policy_digest(policy, digest, sizeof digest);
    bailiwick_policy_free(policy);
    JANUS_LOG(LOG_INFO, "[bailiwick] policy %s is in force\n", digest);
    if (len > 0) {
        JANUS_LOG(LOG_WARN, "[bailiwick] %s\n", warnings);
    }
    g_free(warnings);
}

/* Puts the files in force: the orders first, compared on the atlas in force, then the geo files. Returns a code of the library. */
static int reload(int unless_wider, bailiwick_error **error) {
    int code = BAILIWICK_OK;
    bailiwick_policy *policy;
    if (live == NULL) {
        policy = open_policy(error);
        if (policy == NULL) {
            return bailiwick_error_code(*error);
        }
        live = bailiwick_live_new(policy);
        log_digest();
        return BAILIWICK_OK;
    }
    code = bailiwick_live_reopen(live, config.orders, unless_wider, error);
    if (code != BAILIWICK_OK) {
        return code;
    }
    policy = open_policy(error);
    if (policy == NULL) {
        return bailiwick_error_code(*error);
    }
    code = bailiwick_live_replace(live, policy, unless_wider, error);
    if (code == BAILIWICK_OK) {
        log_digest();
    }
    return code;
}

/* Reads the files, and logs what comes of it. */
static int reload_and_log(int unless_wider, char **message) {
    bailiwick_error *error = NULL;
    int code = reload(unless_wider, &error);
    const char *what = "the new files are refused, and what is in force stays";
    if (code == BAILIWICK_OK) {
        counts.reloads++;
        return code;
    }
    counts.refused++;
    if (live == NULL) {
        what = "EVERYBODY IS ADMITTED: there is no policy";
    } else if (code == BAILIWICK_WIDER) {
        what = "the new orders would block people who are not blocked now, and are not acknowledged; those in force stay";
    }
    if (message != NULL) {
        bailiwick_str text = bailiwick_error_message(error);
        *message = g_strndup(text.ptr, text.len);
    }
    log_error(what, error);
    return code;
}

/* ---- deciding ------------------------------------------------------------------------------------------------------------------------- */

static void not_asked(const struct participant *participant, const char *why) {
    counts.unasked++;
    JANUS_LOG(LOG_WARN, "[bailiwick] somebody is admitted to %s without a decision: %s\n", participant->meeting, why);
}

/* What came of a kick. */
enum kicked { KICKED, ABSENT, STAYS };

/* Asks the VideoRoom plugin to kick a participant. */
static enum kicked kick(struct participant *participant, const char *orders) {
    janus_plugin *plugin = janus_plugin_find(VIDEOROOM);
    const char *secret = g_hash_table_lookup(config.secrets, participant->meeting);
    char *id = json_dumps(participant->id, JSON_ENCODE_ANY);
    json_t *request = json_pack("{s:s, s:O, s:O}", "request", "kick", "room", participant->room, "id", participant->id);
    json_t *response = NULL;
    const char *refusal = "the plugin takes no requests";
    enum kicked result;
    if (secret == NULL) {
        secret = config.secret;
    }
    if (secret != NULL) {
        json_object_set_new(request, "secret", json_string(secret));
    }
    if (plugin != NULL && plugin->handle_admin_message != NULL) {
        response = plugin->handle_admin_message(request);
        refusal = json_string_value(json_object_get(response, "error"));
    }
    result = refusal == NULL ? KICKED : STAYS;
    if (json_integer_value(json_object_get(response, "error_code")) == NO_SUCH_PARTICIPANT) {
        result = ABSENT;
    }
    if (result == KICKED) {
        counts.removed++;
        JANUS_LOG(LOG_INFO, "[bailiwick] participant %s is removed from %s: %s\n", id, participant->meeting, orders);
    } else if (result == STAYS && !participant->told) {
        /* Tried again at each review, and told once. */
        participant->told = TRUE;
        JANUS_LOG(LOG_ERR, "[bailiwick] participant %s stays in %s although %s: %s\n", id, participant->meeting, orders, refusal);
    }
    json_decref(response);
    json_decref(request);
    free(id);
    return result;
}

/* The ids of a decision's orders. */
static char *orders_of(const bailiwick_decision *decision) {
    size_t n, count = bailiwick_decision_orders(decision, NULL, 0);
    bailiwick_str *ids = g_new0(bailiwick_str, count);
    GString *text = g_string_new(NULL);
    bailiwick_decision_orders(decision, ids, count);
    for (n = 0; n < count; n++) {
        g_string_append(text, n == 0 ? "" : ", ");
        g_string_append_len(text, ids[n].ptr, (gssize)ids[n].len);
    }
    g_free(ids);
    return g_string_free(text, FALSE);
}

static void record(const bailiwick_policy *policy, const struct participant *participant, const uint8_t address[16], int64_t at) {
    bailiwick_error *error = NULL;
    uint64_t seq;
    size_t len = strlen(participant->meeting);
    if (ledger != NULL && bailiwick_ledger_record(ledger, policy, participant->meeting, len, NULL, 0, address, config.host, at, &seq,
                                                  &error) != BAILIWICK_OK) {
        log_error("a decision is not recorded", error);
    }
}

/* Decides about a participant, and kicks a blocked one; `joins` when they have just come. Returns whether they are gone. */
static gboolean decide(struct participant *participant, gboolean joins) {
    bailiwick_policy *policy;
    bailiwick_decision decision;
    uint8_t address[16];
    int64_t at = now();
    enum kicked result = STAYS;
    if (live == NULL || !read_address(participant->address, address)) {
        if (joins) {
            not_asked(participant, live == NULL ? "there is no policy" : "the address of the session is not known");
        }
        return FALSE;
    }
    if (is_exempt(address)) {
        return FALSE;
    }
    policy = bailiwick_live_load(live);
    bailiwick_decide_at(policy, participant->meeting, strlen(participant->meeting), NULL, 0, address, config.host, at, &decision);
    if (joins) {
        counts.asked++;
    }
    if (!decision.admits) {
        char *orders = orders_of(&decision);
        result = kick(participant, orders);
        g_free(orders);
    }
    /* A join is recorded whatever comes of it, and afterwards a removal. */
    if (joins || result == KICKED) {
        record(policy, participant, address, at);
    }
    bailiwick_policy_free(policy);
    return result != STAYS;
}

static gboolean decide_again(void *key, void *participant, void *unused) {
    (void)key, (void)unused;
    return decide(participant, FALSE);
}

/* Decides about all again: files changed, or the time of an order began. Those who are gone are forgotten. */
static void review(void) { g_hash_table_foreach_remove(participants, decide_again, NULL); }

/* ---- events --------------------------------------------------------------------------------------------------------------------------- */

static char *transport_key(const char *package, const char *id) {
    return package != NULL && id != NULL ? g_strconcat(package, " ", id, NULL) : NULL;
}

/* Remembers the address of a connection. Janus knows no other than that of the connection itself: forwarded headers do not count. */
static void on_transport(json_t *event) {
    json_t *data = json_object_get(event, "data");
    char *key = transport_key(json_string_value(json_object_get(event, "transport")), json_string_value(json_object_get(event, "id")));
    const char *what = json_string_value(json_object_get(data, "event")), *address = json_string_value(json_object_get(data, "ip"));
    if (key == NULL || what == NULL) {
        g_free(key);
        return;
    }
    if (strcmp(what, "disconnected") == 0) {
        g_hash_table_remove(transports, key);
        g_free(key);
    } else if (address != NULL) {
        if (g_hash_table_size(transports) >= MAX_TRANSPORTS) {
            JANUS_LOG(LOG_WARN, "[bailiwick] more than %d connections: the addresses of older ones are forgotten\n", MAX_TRANSPORTS);
            g_hash_table_remove_all(transports);
        }
        g_hash_table_replace(transports, key, g_strdup(address));
    } else {
        g_free(key);
    }
}

static void on_session(gint64 session, json_t *event) {
    const char *name = json_string_value(json_object_get(event, "name"));
    json_t *transport = json_object_get(event, "transport");
    if (name == NULL) {
        return;
    }
    if (strcmp(name, "created") == 0) {
        char *key = transport_key(json_string_value(json_object_get(transport, "transport")),
                                  json_string_value(json_object_get(transport, "id")));
        const char *address = key != NULL ? g_hash_table_lookup(transports, key) : NULL;
        if (address != NULL) {
            g_hash_table_replace(sessions, key_of(session), g_strdup(address));
        }
        g_free(key);
    } else if (strcmp(name, "destroyed") == 0 || strcmp(name, "timeout") == 0) {
        g_hash_table_remove(sessions, &session);
    }
}

static void on_handle(gint64 handle, json_t *event) {
    const char *name = json_string_value(json_object_get(event, "name"));
    if (name != NULL && strcmp(name, "detached") == 0) {
        g_hash_table_remove(participants, &handle);
    }
}

static void on_joined(gint64 session, gint64 handle, json_t *data) {
    json_t *room = json_object_get(data, "room"), *id = json_object_get(data, "id");
    struct participant *participant;
    if (room == NULL || id == NULL) {
        return;
    }
    participant = g_new0(struct participant, 1);
    participant->room = json_incref(room);
    participant->id = json_incref(id);
    participant->meeting = meeting_of(room);
    participant->address = g_strdup(g_hash_table_lookup(sessions, &session));
    if (decide(participant, TRUE)) {
        participant_free(participant);
        return;
    }
    g_hash_table_replace(participants, key_of(handle), participant);
}

/* Says that a blocked person watches: VideoRoom cannot kick somebody who subscribes and has not joined. */
static void on_subscribing(gint64 session, json_t *data) {
    json_t *room = json_object_get(data, "room");
    bailiwick_policy *policy;
    bailiwick_decision decision;
    uint8_t address[16];
    char *meeting;
    if (room == NULL || live == NULL || !read_address(g_hash_table_lookup(sessions, &session), address) || is_exempt(address)) {
        return;
    }
    meeting = meeting_of(room);
    policy = bailiwick_live_load(live);
    bailiwick_decide_at(policy, meeting, strlen(meeting), NULL, 0, address, config.host, now(), &decision);
    if (!decision.admits) {
        counts.watching++;
        JANUS_LOG(LOG_ERR, "[bailiwick] somebody watches %s whom an order blocks: set `require_pvtid = true` for the room\n", meeting);
    }
    bailiwick_policy_free(policy);
    g_free(meeting);
}

static gboolean is_who_left(void *key, void *value, void *data) {
    const struct participant *participant = value;
    (void)key;
    return json_equal(participant->room, json_object_get(data, "room")) && json_equal(participant->id, json_object_get(data, "id"));
}

/* Forgets a participant. The event of a request to leave names no handle. */
static void on_leaving(gint64 handle, json_t *data) {
    if (handle == 0 || !g_hash_table_remove(participants, &handle)) {
        g_hash_table_foreach_remove(participants, is_who_left, data);
    }
}

static void on_plugin(gint64 session, gint64 handle, json_t *event) {
    const char *plugin = json_string_value(json_object_get(event, "plugin"));
    json_t *data = json_object_get(event, "data");
    const char *what = json_string_value(json_object_get(data, "event"));
    if (plugin == NULL || what == NULL || strcmp(plugin, VIDEOROOM) != 0) {
        return;
    }
    if (strcmp(what, "joined") == 0) {
        on_joined(session, handle, data);
    } else if (strcmp(what, "subscribing") == 0) {
        on_subscribing(session, data);
    } else if (strcmp(what, "leaving") == 0 || strcmp(what, "kicked") == 0) {
        on_leaving(handle, data);
    }
}

static void take(json_t *event) {
    gint64 session = 0, handle = 0;
    json_t *body = json_object_get(event, "event");
    copy_key(&session, json_object_get(event, "session_id"));
    copy_key(&handle, json_object_get(event, "handle_id"));
    switch (json_integer_value(json_object_get(event, "type"))) {
    case JANUS_EVENT_TYPE_TRANSPORT: on_transport(body); break;
    case JANUS_EVENT_TYPE_SESSION: on_session(session, body); break;
    case JANUS_EVENT_TYPE_HANDLE: on_handle(handle, body); break;
    case JANUS_EVENT_TYPE_PLUGIN: on_plugin(session, handle, body); break;
    default: break;
    }
}

/* Reads files that changed, and reviews the rooms. */
static void look(void) {
    char *files = look_at_files();
    bailiwick_error *error = NULL;
    if (strcmp(files, fingerprint) != 0) {
        g_free(fingerprint);
        fingerprint = files;
        /* A refused file is tried again when it changes. */
        reload_and_log(1, NULL);
    } else {
        g_free(files);
    }
    review();
    if (ledger != NULL && bailiwick_ledger_sync(ledger, &error) != BAILIWICK_OK) {
        log_error("the ledger is not on the disk", error);
    }
}

static void *run(void *unused) {
    gint64 next = 0;
    (void)unused;
    for (;;) {
        json_t *event = g_async_queue_timeout_pop(events, (guint64)config.watch);
        if (event == &ending) {
            return NULL;
        }
        g_mutex_lock(&lock);
        if (event != NULL) {
            take(event);
            json_decref(event);
        }
        if (g_get_monotonic_time() >= next) {
            look();
            next = g_get_monotonic_time() + config.watch;
        }
        g_mutex_unlock(&lock);
    }
}

/* ---- configuration -------------------------------------------------------------------------------------------------------------------- */

static const char *const OPTIONS[] = {"enabled", "orders",  "geo",    "exclude",    "min_sources", "host",
                                      "watch",   "secret", "exempt", "ledger",     "ledger_key"};

static const char *item(janus_config *file, janus_config_category *general, const char *name) {
    janus_config_item *found = janus_config_get(file, general, janus_config_type_item, name);
    return found != NULL ? found->value : NULL;
}

static int wrong(const char *option, const char *message) {
    JANUS_LOG(LOG_FATAL, "[bailiwick] `%s` %s\n", option, message);
    return -1;
}

/* A list that is given as something else must not be overlooked: without geo files nobody is located. */
static int check_list(janus_config *file, janus_config_category *general, const char *name) {
    return item(file, general, name) == NULL ? 0 : wrong(name, "must be a list: put it into [ ]");
}

static void add_sources(janus_config *file, janus_config_category *general, const char *name, const char *prefix) {
    janus_config_array *list = janus_config_get(file, general, janus_config_type_array, name);
    GList *entry;
    for (entry = list != NULL ? list->list : NULL; entry != NULL; entry = entry->next) {
        const janus_config_item *source = entry->data;
        if (source->value != NULL) {
            g_ptr_array_add(config.sources, g_strconcat(prefix, source->value, NULL));
        }
    }
}

static int read_numbers(janus_config *file, janus_config_category *general) {
    const char *text = item(file, general, "min_sources");
    guint64 number;
    config.min_sources = 1;
    if (text != NULL) {
        if (!g_ascii_string_to_unsigned(text, 10, 1, 256, &number, NULL)) {
            return wrong("min_sources", "must be a number between 1 and 256");
        }
        config.min_sources = (size_t)number;
    }
    config.watch = 5 * G_USEC_PER_SEC;
    text = item(file, general, "watch");
    if (text != NULL) {
        if (!g_ascii_string_to_unsigned(text, 10, 1, 86400, &number, NULL)) {
            return wrong("watch", "must be a number of seconds between 1 and 86400");
        }
        config.watch = (gint64)number * G_USEC_PER_SEC;
    }
    text = item(file, general, "host");
    if (text != NULL && bailiwick_region_parse(text, strlen(text), &config.host) != BAILIWICK_OK) {
        return wrong("host", "is no region: give an ISO 3166 code such as US");
    }
    return 0;
}

static void read_secrets(janus_config *file, janus_config_category *general) {
    janus_config_category *secrets = janus_config_get(file, general, janus_config_type_category, "secrets");
    GList *entry;
    for (entry = secrets != NULL ? secrets->list : NULL; entry != NULL; entry = entry->next) {
        const janus_config_item *secret = entry->data;
        if (secret->name != NULL && secret->value != NULL) {
            /* Names of settings begin with a letter: `room-1234` is the secret of room 1234. */
            const char *room = g_str_has_prefix(secret->name, "room-") ? secret->name + 5 : secret->name;
            g_hash_table_replace(config.secrets, g_strdup(room), g_strdup(secret->value));
        }
    }
}

static int read_exempt(janus_config *file, janus_config_category *general) {
    janus_config_array *list = janus_config_get(file, general, janus_config_type_array, "exempt");
    GList *entry;
    uint8_t address[16];
    for (entry = list != NULL ? list->list : NULL; entry != NULL; entry = entry->next) {
        const janus_config_item *service = entry->data;
        if (!read_address(service->value, address)) {
            return wrong("exempt", "has an entry that is not an IPv4 or IPv6 address");
        }
        g_hash_table_add(config.exempt, address_key(address));
    }
    return 0;
}

static int open_ledger(janus_config *file, janus_config_category *general) {
    const char *path = item(file, general, "ledger"), *key_path = item(file, general, "ledger_key");
    bailiwick_error *error = NULL;
    GError *unread = NULL;
    char *key;
    gsize len;
    if (path == NULL && key_path == NULL) {
        return 0;
    }
    if (path == NULL || key_path == NULL) {
        return wrong(path == NULL ? "ledger" : "ledger_key", "is missing: a ledger needs a file and a key file");
    }
    if (!g_file_get_contents(key_path, &key, &len, &unread)) {
        wrong("ledger_key", unread->message);
        g_error_free(unread);
        return -1;
    }
    if (bailiwick_ledger_open(path, (const uint8_t *)key, len, &ledger, &error) != BAILIWICK_OK) {
        log_error("`ledger`", error);
    }
    g_free(key);
    return ledger != NULL ? 0 : -1;
}

static int read_config(janus_config *file) {
    janus_config_category *general = janus_config_get(file, NULL, janus_config_type_category, "general");
    const char *enabled = general != NULL ? item(file, general, "enabled") : NULL, *orders;
    GList *entry;
    if (enabled == NULL || !janus_is_true(enabled)) {
        JANUS_LOG(LOG_WARN, "[bailiwick] is not enabled: nobody is decided about\n");
        return -1;
    }
    for (entry = general->list; entry != NULL; entry = entry->next) {
        const janus_config_container *option = entry->data;
        gsize n, known = 0;
        for (n = 0; n < G_N_ELEMENTS(OPTIONS); n++) {
            known |= option->name != NULL && strcmp(option->name, OPTIONS[n]) == 0;
        }
        if (!known) {
            return wrong(option->name != NULL ? option->name : "", "is no option: README.md has all of them");
        }
    }
    if (check_list(file, general, "geo") != 0 || check_list(file, general, "exclude") != 0 || check_list(file, general, "exempt") != 0) {
        return -1;
    }
    orders = item(file, general, "orders");
    if (orders == NULL) {
        return wrong("orders", "is missing: give the path of the orders file");
    }
    config.orders = g_strdup(orders);
    config.secret = g_strdup(item(file, general, "secret"));
    add_sources(file, general, "geo", "");
    add_sources(file, general, "exclude", "exclude:");
    g_ptr_array_add(config.sources, NULL);
    read_secrets(file, general);
    return read_numbers(file, general) == 0 && read_exempt(file, general) == 0 && open_ledger(file, general) == 0 ? 0 : -1;
}

/* ---- what Janus calls ----------------------------------------------------------------------------------------------------------------- */

static int handler_init(const char *folder) {
    char *path = g_strdup_printf("%s/%s.jcfg", folder, PACKAGE);
    janus_config *file = janus_config_parse(path);
    int result;
    if (file == NULL) {
        JANUS_LOG(LOG_FATAL, "[bailiwick] %s cannot be read: nobody is decided about\n", path);
        g_free(path);
        return -1;
    }
    g_free(path);
    config.sources = g_ptr_array_new_with_free_func(g_free);
    config.secrets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    config.exempt = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    transports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sessions = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    participants = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, participant_free);
    result = read_config(file);
    janus_config_destroy(file);
    if (result != 0) {
        return -1;
    }
    fingerprint = look_at_files();
    reload_and_log(1, NULL);
    events = g_async_queue_new();
    thread = g_thread_new("bailiwick", run, NULL);
    return 0;
}

static void handler_destroy(void) {
    json_t *event;
    if (thread == NULL) {
        return;
    }
    g_async_queue_push(events, &ending);
    g_thread_join(thread);
    while ((event = g_async_queue_try_pop(events)) != NULL) {
        json_decref(event);
    }
    g_async_queue_unref(events);
    bailiwick_ledger_sync(ledger, NULL);
    bailiwick_ledger_free(ledger);
    bailiwick_live_free(live);
    g_hash_table_destroy(participants);
    g_hash_table_destroy(sessions);
    g_hash_table_destroy(transports);
    g_hash_table_destroy(config.secrets);
    g_hash_table_destroy(config.exempt);
    g_ptr_array_free(config.sources, TRUE);
    g_free(config.orders);
    g_free(config.secret);
    g_free(fingerprint);
    thread = NULL;
}

static void handler_event(json_t *event) {
    if (thread != NULL) {
        g_async_queue_push(events, json_incref(event));
    }
}

/* The Admin API's `query_eventhandler`: `{"request": "reload", "wider": false}` and `{"request": "status"}`. */
static json_t *handler_request(json_t *request) {
    const char *what = json_string_value(json_object_get(request, "request"));
    json_t *answer = json_object();
    char *message = NULL;
    g_mutex_lock(&lock);
    if (what != NULL && strcmp(what, "reload") == 0) {
        int code = reload_and_log(!json_is_true(json_object_get(request, "wider")), &message);
        json_object_set_new(answer, "taken", json_boolean(code == BAILIWICK_OK));
        json_object_set_new(answer, "wider", json_boolean(code == BAILIWICK_WIDER));
        if (message != NULL) {
            json_object_set_new(answer, "error", json_string(message));
        }
        review();
    } else if (what == NULL || strcmp(what, "status") != 0) {
        json_object_set_new(answer, "error", json_string("unknown `request`: give `reload` or `status`"));
    }
    json_object_update_new(answer, json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "policy", live != NULL, "asked", counts.asked, "removed",
                                             counts.removed, "unasked", counts.unasked, "watching", counts.watching, "reloads",
                                             counts.reloads, "refused", counts.refused));
    g_mutex_unlock(&lock);
    g_free(message);
    return answer;
}

static int handler_api(void) { return JANUS_EVENTHANDLER_API_VERSION; }
static int handler_version(void) { return 1; }
static const char *handler_version_string(void) { return bailiwick_version(); }
static const char *handler_description(void) { return "Removes participants whom an order blocks where they are, and nobody else."; }
static const char *handler_name(void) { return NAME; }
static const char *handler_author(void) { return "bailiwick"; }
static const char *handler_package(void) { return PACKAGE; }

/* Janus looks this up by its name, and has no prototype for it. */
janus_eventhandler *create(void);

static janus_eventhandler handler = {
    .init = handler_init,
    .destroy = handler_destroy,
    .get_api_compatibility = handler_api,
    .get_version = handler_version,
    .get_version_string = handler_version_string,
    .get_description = handler_description,
    .get_name = handler_name,
    .get_author = handler_author,
    .get_package = handler_package,
    .incoming_event = handler_event,
    .handle_request = handler_request,
    .events_mask = JANUS_EVENT_TYPE_SESSION | JANUS_EVENT_TYPE_HANDLE | JANUS_EVENT_TYPE_PLUGIN | JANUS_EVENT_TYPE_TRANSPORT,
};

janus_eventhandler *create(void) { return &handler; }
