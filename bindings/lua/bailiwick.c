/* The Lua module `bailiwick`, over the C interface. One source for Lua 5.1, 5.3, 5.4 and LuaJIT.
 *
 * Failures of files and dockets are returned as nil (or false) and a message. A question that cannot be asked is answered with
 * "allow", nil and a message. Arguments of a wrong type raise an error, as in Lua's own libraries.
 *
 * Lua jumps out of a call when its memory is used up. So whatever must be freed belongs to a userdata with a `__gc` before the next
 * call of Lua that may allocate. Such a call may also run a finalizer of the script, which may reload the policy, close the ledger or
 * change the table of the question. So texts stay on the stack while they are used, and the policy in force and the ledger are looked
 * up after the last allocation. */

#include <bailiwick.h>

#include <lauxlib.h>
#include <lua.h>

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLICY "bailiwick.policy"
#define DECISION "bailiwick.decision"
#define LEDGER "bailiwick.ledger"
#define SCRATCH "bailiwick.scratch"

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#define set_functions(L, functions) luaL_register(L, NULL, functions)
#else
#define set_functions(L, functions) luaL_setfuncs(L, functions, 0)
#endif

/* A bound on the sources of one policy, so that a list built in a loop by mistake ends in a message. */
enum { MAX_SOURCES = 256 };

/* A policy that was in force at some time. It is freed with its last decision. A Lua state runs in one thread, so the count is plain. */
struct version {
    bailiwick_policy *policy;
    size_t holders;
};

struct policy {
    bailiwick_live *live;
    struct version *in_force;
    /* What `open` was given, for `reload`. */
    char *orders, *requirements;
    size_t requirements_len;
    char **sources;
    size_t sources_len;
    size_t min_sources;
};

struct decision {
    struct version *version;
    bailiwick_decision decision;
};

struct ledger {
    bailiwick_ledger *ledger;
};

/* What must be freed whatever Lua does in between. */
struct scratch {
    void *bytes;
    bailiwick_atlas *atlas;
    bailiwick_policy *policy;
    bailiwick_error *error;
};

/* ---- userdata -------------------------------------------------------------------------------------------------------------------- */

/* Pushes a zeroed userdata of a type, whose `__gc` frees what is put into it from now on. */
static void *push(lua_State *L, size_t size, const char *type) {
    void *value = lua_newuserdata(L, size);
    memset(value, 0, size);
    luaL_getmetatable(L, type);
    lua_setmetatable(L, -2);
    return value;
}

static int scratch_gc(lua_State *L) {
    struct scratch *scratch = luaL_checkudata(L, 1, SCRATCH);
    free(scratch->bytes);
    bailiwick_atlas_free(scratch->atlas);
    bailiwick_policy_free(scratch->policy);
    bailiwick_error_free(scratch->error);
    memset(scratch, 0, sizeof *scratch);
    return 0;
}

static struct scratch *push_scratch(lua_State *L) { return push(L, sizeof(struct scratch), SCRATCH); }

static void release(struct version *version) {
    if (version != NULL && --version->holders == 0) {
        bailiwick_policy_free(version->policy);
        free(version);
    }
}

static struct version *hold(struct version *version) {
    version->holders++;
    return version;
}

static int policy_gc(lua_State *L) {
    struct policy *policy = luaL_checkudata(L, 1, POLICY);
    size_t n;
    release(policy->in_force);
    bailiwick_live_free(policy->live);
    free(policy->orders);
    free(policy->requirements);
    for (n = 0; n < policy->sources_len; n++) {
        free(policy->sources[n]);
    }
    free(policy->sources);
    memset(policy, 0, sizeof *policy);
    return 0;
}

static int decision_gc(lua_State *L) {
    struct decision *decision = luaL_checkudata(L, 1, DECISION);
    release(decision->version);
    memset(decision, 0, sizeof *decision);
    return 0;
}

static int ledger_gc(lua_State *L) {
    struct ledger *ledger = luaL_checkudata(L, 1, LEDGER);
    bailiwick_ledger_free(ledger->ledger);
    ledger->ledger = NULL;
    return 0;
}

/* Pushes the message of an error. */
static void push_message(lua_State *L, const bailiwick_error *error) {
    bailiwick_str message = bailiwick_error_message(error);
    lua_pushlstring(L, message.ptr != NULL ? message.ptr : "", message.len);
}

/* Returns nil and the message of an error. */
static int failed(lua_State *L, const bailiwick_error *error) {
    lua_pushnil(L);
    push_message(L, error);
    return 2;
}

static int failed_with(lua_State *L, const char *why) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------- */

/* A question, as a table asks it. Its texts belong to Lua, and stay on the stack until the call returns. */
struct question {
    const char *meeting, *account;
    size_t meeting_len, account_len;
    uint8_t address[16];
    bailiwick_region host;
    int64_t at;
    /* NULL, or why the policy cannot be asked. */
    const char *wrong;
};

/* The string in a field of a table, or NULL when there is nothing. Leaves the value on the stack, so that it is not collected. */
static const char *text_field(lua_State *L, int table, const char *name, size_t *len) {
    const char *text = NULL;
    *len = 0;
    lua_pushstring(L, name);
    lua_rawget(L, table);
    if (lua_type(L, -1) == LUA_TSTRING) {
        text = lua_tolstring(L, -1, len);
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "`%s` is a %s: give a string", name, luaL_typename(L, -1));
    }
    return text;
}

/* Reads the 16 bytes of an address. Returns 0 when the text is none. */
static int read_address(const char *text, size_t len, uint8_t address[16]) {
    struct in_addr v4;
    if (strlen(text) != len) {
        return 0;
    }
    if (inet_pton(AF_INET, text, &v4) == 1) {
        memset(address, 0, 10);
        memset(address + 10, 0xff, 2);
        memcpy(address + 12, &v4, 4);
        return 1;
    }
    return inet_pton(AF_INET6, text, address) == 1;
}

static int64_t now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Reads `at`: seconds since 1970, with decimals; now when it is absent. */
static void read_time(lua_State *L, int table, struct question *question) {
    lua_pushliteral(L, "at");
    lua_rawget(L, table);
    if (lua_isnil(L, -1)) {
        question->at = now();
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
        lua_Number at = lua_tonumber(L, -1), whole = floor(at);
        /* 64 bits of nanoseconds reach from 1677 to 2262. */
        if (at > -9.2e9 && at < 9.2e9) {
            question->at = (int64_t)whole * 1000000000 + (int64_t)((at - whole) * 1e9);
        } else {
            question->wrong = "`at` is not between the years 1678 and 2261: give seconds since 1970, as `os.time` does";
        }
    } else {
        luaL_error(L, "`at` is a %s: give seconds since 1970, as `os.time` does", luaL_typename(L, -1));
    }
    lua_pop(L, 1);
}

/* Reads all but the address. Leaves three values on the stack. */
static void read_question(lua_State *L, int table, struct question *question) {
    size_t len;
    const char *text;
    memset(question, 0, sizeof *question);
    luaL_checktype(L, table, LUA_TTABLE);
    luaL_checkstack(L, 8, "no room for a question");
    question->meeting = text_field(L, table, "meeting", &question->meeting_len);
    question->account = text_field(L, table, "account", &question->account_len);
    if (question->meeting == NULL) {
        question->wrong = "the question has no `meeting`: give its name";
    }
    text = text_field(L, table, "host", &len);
    /* A region that cannot be read is unknown: then no order ends the meeting, as none is known to be the host's own. */
    if (text != NULL && bailiwick_region_parse(text, len, &question->host) != BAILIWICK_OK) {
        memset(&question->host, 0, sizeof question->host);
    }
    read_time(L, table, question);
}

/* Leaves four values on the stack. */
static void read_question_of_one(lua_State *L, int table, struct question *question) {
    size_t len;
    const char *text;
    read_question(L, table, question);
    text = text_field(L, table, "address", &len);
    if (text == NULL) {
        question->wrong = "the question has no `address`: give that of the participant's connection";
    } else if (!read_address(text, len, question->address)) {
        question->wrong = "the `address` is not an IPv4 or IPv6 address: give it without a port and a zone, such as `203.0.113.7`";
    }
}

static void decide(const bailiwick_policy *policy, const struct question *question, bailiwick_decision *out) {
    bailiwick_decide_at(policy, question->meeting, question->meeting_len, question->account, question->account_len, question->address,
                        question->host, question->at, out);
}

/* Returns "allow", nil and a message: the policy was not asked. */
static int unasked(lua_State *L, const char *why) {
    lua_pushliteral(L, "allow");
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 3;
}

static const char NOT_UTF8[] = "the `meeting` is not UTF-8";

static struct policy *check_policy(lua_State *L, int at) {
    struct policy *policy = luaL_checkudata(L, at, POLICY);
    if (policy->in_force == NULL) {
        luaL_error(L, "the policy was not opened");
    }
    return policy;
}

/* ---- policies -------------------------------------------------------------------------------------------------------------------- */

static char *copy(lua_State *L, const char *text, size_t len) {
    char *bytes = malloc(len + 1);
    if (bytes == NULL) {
        luaL_error(L, "not enough memory");
        return NULL;
    }
    memcpy(bytes, text, len);
    bytes[len] = 0;
    return bytes;
}

/* A copy of a text that becomes a path or a source for C, which ends at the first zero. */
static char *copy_path(lua_State *L, const char *field, const char *text, size_t len) {
    if (strlen(text) != len) {
        luaL_error(L, "`%s` has a zero byte in it", field);
    }
    return copy(L, text, len);
}

static void add_source(lua_State *L, struct policy *policy, const char *field, const char *prefix, int value) {
    size_t len;
    const char *text;
    char *source;
    if (lua_type(L, value) != LUA_TSTRING) {
        luaL_error(L, "`%s` has a %s in it: give strings, as `--%s` of the command-line tool takes them", field,
                   luaL_typename(L, value), field);
    }
    if (policy->sources_len == MAX_SOURCES) {
        luaL_error(L, "more than %d sources", MAX_SOURCES);
    }
    lua_pushstring(L, prefix);
    lua_pushvalue(L, value);
    lua_concat(L, 2);
    text = lua_tolstring(L, -1, &len);
    source = copy_path(L, field, text, len);
    policy->sources[policy->sources_len++] = source;
    lua_pop(L, 1);
}

/* Adds the sources in a field: a string, or a list of strings. */
static void read_sources(lua_State *L, int table, struct policy *policy, const char *field, const char *prefix) {
    size_t n;
    lua_getfield(L, table, field);
    if (lua_type(L, -1) == LUA_TSTRING) {
        add_source(L, policy, field, prefix, lua_gettop(L));
    } else if (lua_istable(L, -1)) {
        for (n = 1; n <= lua_rawlen(L, -1); n++) {
            lua_rawgeti(L, -1, (int)n);
            add_source(L, policy, field, prefix, lua_gettop(L));
            lua_pop(L, 1);
        }
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "`%s` is a %s: give a list of strings", field, luaL_typename(L, -1));
    }
    lua_pop(L, 1);
}

static size_t read_min_sources(lua_State *L, int table) {
    lua_Number number = 1;
    lua_getfield(L, table, "min_sources");
    if (lua_type(L, -1) == LUA_TNUMBER) {
        number = lua_tonumber(L, -1);
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "`min_sources` is a %s: give a whole number", luaL_typename(L, -1));
    }
    if (number < 1) {
        luaL_error(L, "`min_sources` is less than 1: at least one source must locate an address");
    }
    /* Written so that it holds for NaN, too. */
    if (!(number <= MAX_SOURCES && number == floor(number))) {
        luaL_error(L, "`min_sources` is not a whole number between 1 and %d", MAX_SOURCES);
    }
    lua_pop(L, 1);
    return (size_t)number;
}

static void read_options(lua_State *L, int table, struct policy *policy) {
    static const char *const fields[] = {"orders", "geo", "exclude", "min_sources", "requirements"};
    const char *text;
    size_t len, n;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        int known = 0;
        for (n = 0; n < sizeof fields / sizeof *fields && lua_type(L, -2) == LUA_TSTRING; n++) {
            known |= strcmp(lua_tostring(L, -2), fields[n]) == 0;
        }
        if (!known) {
            luaL_error(L, "unknown option `%s`: there are orders, geo, exclude, min_sources and requirements",
                       lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2));
        }
        lua_pop(L, 1);
    }
    text = text_field(L, table, "orders", &len);
    if (text == NULL) {
        luaL_error(L, "`orders` is missing: give the path of the orders file");
    }
    policy->orders = copy_path(L, "orders", text, len);
    text = text_field(L, table, "requirements", &len);
    if (text != NULL) {
        policy->requirements = copy(L, text, len);
        policy->requirements_len = len;
    }
    policy->min_sources = read_min_sources(L, table);
    policy->sources = calloc(MAX_SOURCES, sizeof *policy->sources);
    if (policy->sources == NULL) {
        luaL_error(L, "not enough memory");
    }
    read_sources(L, table, policy, "geo", "");
    read_sources(L, table, policy, "exclude", "exclude:");
}

/* Reads all files into `scratch->policy`. Returns 0 when that fails, with the error in `scratch`. */
static int read_files(const struct policy *policy, struct scratch *scratch) {
    const char *const *sources = (const char *const *)policy->sources;
    int code = bailiwick_atlas_open(sources, policy->sources_len, policy->min_sources, &scratch->atlas, &scratch->error);
    if (code == BAILIWICK_OK && policy->requirements != NULL) {
        code = bailiwick_policy_open_with(policy->orders, scratch->atlas, policy->requirements, policy->requirements_len,
                                          &scratch->policy, &scratch->error);
    } else if (code == BAILIWICK_OK) {
        code = bailiwick_policy_open(policy->orders, scratch->atlas, &scratch->policy, &scratch->error);
    }
    return code == BAILIWICK_OK;
}

/* Makes what is in force in `live` that of the Lua policy, whose decisions ask it from now on. */
static void load(lua_State *L, struct policy *policy) {
    struct version *version = calloc(1, sizeof *version);
    if (version == NULL) {
        luaL_error(L, "not enough memory");
        return;
    }
    version->policy = bailiwick_live_load(policy->live);
    release(policy->in_force);
    policy->in_force = hold(version);
}

/* bailiwick.open { orders =, geo =, exclude =, min_sources =, requirements = } -> policy | nil, message */
static int open_policy(lua_State *L) {
    struct policy *policy;
    struct scratch *scratch;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    scratch = push_scratch(L);
    policy = push(L, sizeof *policy, POLICY);
    read_options(L, 1, policy);
    lua_settop(L, 3);
    if (!read_files(policy, scratch)) {
        return failed(L, scratch->error);
    }
    policy->live = bailiwick_live_new(scratch->policy);
    scratch->policy = NULL;
    load(L, policy);
    return 1;
}

/* Reads a flag of `reload`. Only a boolean is one: for Lua, 0 and "false" are true. */
static int flag(lua_State *L, const char *name, int absent) {
    int value = absent;
    if (lua_isnoneornil(L, 2)) {
        return absent;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, name);
    if (lua_isboolean(L, -1)) {
        value = lua_toboolean(L, -1);
    } else if (!lua_isnil(L, -1)) {
        luaL_error(L, "`%s` is a %s: give true or false", name, luaL_typename(L, -1));
    }
    lua_pop(L, 1);
    return value;
}

/* Puts the files in force, the orders first: they are compared on the atlas in force, so that new geo data are taken although they
 * move addresses. */
static int reopen(const struct policy *policy, int wider, int geo, struct scratch *scratch) {
    int code = bailiwick_live_reopen(policy->live, policy->orders, !wider, &scratch->error);
    if (code != BAILIWICK_OK || !geo) {
        return code;
    }
    if (!read_files(policy, scratch)) {
        return bailiwick_error_code(scratch->error);
    }
    code = bailiwick_live_replace(policy->live, scratch->policy, !wider, &scratch->error);
    scratch->policy = NULL;
    return code;
}

/* policy:reload { wider = false, geo = true } -> true | false, message, is_wider */
static int policy_reload(lua_State *L) {
    struct policy *policy = check_policy(L, 1);
    struct scratch *scratch;
    int code, wider, geo;
    lua_settop(L, 2);
    wider = flag(L, "wider", 0);
    geo = flag(L, "geo", 1);
    scratch = push_scratch(L);
    code = reopen(policy, wider, geo, scratch);
    /* Orders that were taken stay in force when the geo files are then refused. */
    load(L, policy);
    lua_pushboolean(L, code == BAILIWICK_OK);
    if (code == BAILIWICK_OK) {
        return 1;
    }
    push_message(L, scratch->error);
    lua_pushboolean(L, code == BAILIWICK_WIDER);
    return 3;
}

/* Pushes a decision of a version of the policy, or of the one in force for NULL. */
static struct decision *push_decision(lua_State *L, const struct policy *policy, struct version *version, const struct question *question) {
    struct decision *decision = push(L, sizeof *decision, DECISION);
    decision->version = hold(version != NULL ? version : policy->in_force);
    decide(decision->version->policy, question, &decision->decision);
    return decision;
}

/* policy:decide(question) -> kind, decision | "allow", nil, message */
static int policy_decide(lua_State *L) {
    static const char *const kinds[] = {"allow", "block-participant", "keep-meeting"};
    struct policy *policy = check_policy(L, 1);
    struct question question;
    struct decision *decision;
    uint8_t kind;
    read_question_of_one(L, 2, &question);
    if (question.wrong != NULL) {
        return unasked(L, question.wrong);
    }
    decision = push_decision(L, policy, NULL, &question);
    if (bailiwick_decision_unasked(&decision->decision)) {
        return unasked(L, NOT_UTF8);
    }
    kind = decision->decision.kind;
    lua_pushstring(L, kinds[kind < 3 ? kind : BAILIWICK_ALLOW]);
    lua_insert(L, -2);
    return 2;
}

/* policy:explain(question) -> JSON | nil, message */
static int policy_explain(lua_State *L) {
    struct policy *policy = check_policy(L, 1);
    const bailiwick_policy *asked;
    struct question q;
    struct scratch *scratch;
    size_t len;
    read_question_of_one(L, 2, &q);
    if (q.wrong != NULL) {
        return failed_with(L, q.wrong);
    }
    scratch = push_scratch(L);
    asked = policy->in_force->policy;
    len = bailiwick_explain_json(asked, q.meeting, q.meeting_len, q.account, q.account_len, q.address, q.host, q.at, NULL, 0);
    scratch->bytes = malloc(len + 1);
    if (len == 0 || scratch->bytes == NULL) {
        return failed_with(L, len == 0 ? NOT_UTF8 : "not enough memory");
    }
    bailiwick_explain_json(asked, q.meeting, q.meeting_len, q.account, q.account_len, q.address, q.host, q.at, scratch->bytes, len + 1);
    lua_pushlstring(L, scratch->bytes, len);
    return 1;
}

/* policy:sweep { meeting =, account =, host =, at =, participants = { key = address } } -> { key = decision }, unread
 *
 * The decisions about those who are to be removed; one policy and one instant for all. A participant whose address cannot be read
 * stays, and is counted. */
static int policy_sweep(lua_State *L) {
    struct policy *policy = check_policy(L, 1);
    struct question question;
    struct decision *holder;
    lua_Integer unread = 0;
    int participants, removed;
    lua_settop(L, 2);
    read_question(L, 2, &question);
    lua_getfield(L, 2, "participants");
    participants = lua_gettop(L);
    if (!lua_istable(L, participants)) {
        return luaL_error(L, "`participants` is a %s: give a table of addresses", luaL_typename(L, participants));
    }
    if (question.wrong != NULL) {
        return failed_with(L, question.wrong);
    }
    /* Holds the policy of this moment. */
    holder = push_decision(L, policy, NULL, &question);
    lua_newtable(L);
    removed = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, participants) != 0; lua_pop(L, 1)) {
        size_t len = 0;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
        bailiwick_decision answer;
        if (text == NULL || !read_address(text, len, question.address)) {
            unread++;
            continue;
        }
        decide(holder->version->policy, &question, &answer);
        if (bailiwick_decision_unasked(&answer)) {
            return failed_with(L, NOT_UTF8);
        }
        if (!answer.admits) {
            lua_pushvalue(L, -2);
            push_decision(L, policy, holder->version, &question);
            lua_rawset(L, removed);
        }
    }
    lua_pushinteger(L, unread);
    return 2;
}

/* Calls a function that writes as snprintf does about the policy in force. */
static int policy_text(lua_State *L, size_t write(const bailiwick_policy *, char *, size_t)) {
    struct policy *policy = check_policy(L, 1);
    struct scratch *scratch = push_scratch(L);
    size_t len = write(policy->in_force->policy, NULL, 0);
    scratch->bytes = malloc(len + 1);
    if (scratch->bytes == NULL) {
        return luaL_error(L, "not enough memory");
    }
    write(policy->in_force->policy, scratch->bytes, len + 1);
    lua_pushlstring(L, scratch->bytes, len);
    return 1;
}

/* policy:warnings() -> a line for each */
static int policy_warnings(lua_State *L) { return policy_text(L, bailiwick_policy_warnings); }

/* policy:digest() -> the digest of the orders: `sha256:` and 64 digits */
static int policy_digest(lua_State *L) { return policy_text(L, bailiwick_policy_digest); }

/* ---- decisions ------------------------------------------------------------------------------------------------------------------- */

static struct decision *check_decision(lua_State *L) {
    struct decision *decision = luaL_checkudata(L, 1, DECISION);
    if (decision->version == NULL) {
        luaL_error(L, "the decision was not made");
    }
    return decision;
}

/* decision:orders() -> a list of ids */
static int decision_orders(lua_State *L) {
    struct decision *decision = check_decision(L);
    size_t n, count = bailiwick_decision_orders(&decision->decision, NULL, 0);
    struct scratch *scratch = push_scratch(L);
    bailiwick_str *ids = scratch->bytes = calloc(count + 1, sizeof *ids);
    if (ids == NULL) {
        return luaL_error(L, "not enough memory");
    }
    bailiwick_decision_orders(&decision->decision, ids, count);
    lua_createtable(L, count < 65536 ? (int)count : 65536, 0);
    for (n = 0; n < count; n++) {
        lua_pushlstring(L, ids[n].ptr, ids[n].len);
        lua_rawseti(L, -2, (int)n + 1);
    }
    return 1;
}

/* decision:domestic() -> the id of an order of the host's own territory | nil */
static int decision_domestic(lua_State *L) {
    struct decision *decision = check_decision(L);
    bailiwick_str id;
    if (!bailiwick_decision_domestic(&decision->decision, &id)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, id.ptr, id.len);
    return 1;
}

/* decision:admits() -> boolean */
static int decision_admits(lua_State *L) {
    lua_pushboolean(L, check_decision(L)->decision.admits);
    return 1;
}

/* decision:notice(languages) -> the text for the participant, in one of the languages of an Accept-Language; "" when admitted */
static int decision_notice(lua_State *L) {
    struct decision *decision = check_decision(L);
    size_t languages_len;
    const char *languages = luaL_optlstring(L, 2, "", &languages_len);
    struct scratch *scratch = push_scratch(L);
    size_t len = bailiwick_decision_notice(&decision->decision, languages, languages_len, NULL, 0);
    scratch->bytes = malloc(len + 1);
    if (scratch->bytes == NULL) {
        return luaL_error(L, "not enough memory");
    }
    bailiwick_decision_notice(&decision->decision, languages, languages_len, scratch->bytes, len + 1);
    lua_pushlstring(L, scratch->bytes, len);
    return 1;
}

/* A path among the arguments. It becomes a text of C, which ends at the first zero. */
static const char *check_path(lua_State *L, int at) {
    size_t len;
    const char *path = luaL_checklstring(L, at, &len);
    luaL_argcheck(L, strlen(path) == len, at, "the path has a zero byte in it");
    return path;
}

/* ---- ledgers --------------------------------------------------------------------------------------------------------------------- */

/* bailiwick.ledger(path, key) -> ledger | nil, message */
static int open_ledger(lua_State *L) {
    size_t len;
    const char *path = check_path(L, 1), *key = luaL_checklstring(L, 2, &len);
    struct scratch *scratch;
    struct ledger *ledger;
    lua_settop(L, 2);
    scratch = push_scratch(L);
    ledger = push(L, sizeof *ledger, LEDGER);
    if (bailiwick_ledger_open(path, (const uint8_t *)key, len, &ledger->ledger, &scratch->error) != BAILIWICK_OK) {
        return failed(L, scratch->error);
    }
    return 1;
}

static struct ledger *check_ledger(lua_State *L) {
    struct ledger *ledger = luaL_checkudata(L, 1, LEDGER);
    if (ledger->ledger == NULL) {
        luaL_error(L, "the ledger is closed");
    }
    return ledger;
}

/* ledger:record(policy, question) -> the number of its line | nil, message */
static int ledger_record(lua_State *L) {
    struct ledger *ledger;
    struct policy *policy = check_policy(L, 2);
    struct question q;
    struct scratch *scratch;
    uint64_t seq;
    check_ledger(L);
    read_question_of_one(L, 3, &q);
    if (q.wrong != NULL) {
        return failed_with(L, q.wrong);
    }
    scratch = push_scratch(L);
    ledger = check_ledger(L);
    if (bailiwick_ledger_record(ledger->ledger, policy->in_force->policy, q.meeting, q.meeting_len, q.account, q.account_len, q.address,
                                q.host, q.at, &seq, &scratch->error) != BAILIWICK_OK) {
        return failed(L, scratch->error);
    }
    /* A number of 53 bits holds it exactly for longer than any ledger is written. */
    lua_pushnumber(L, (lua_Number)seq);
    return 1;
}

static int done(lua_State *L, int code, const bailiwick_error *error) {
    if (code != BAILIWICK_OK) {
        return failed(L, error);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* ledger:unrecorded(decisions) -> the number of its line | nil, message */
static int ledger_unrecorded(lua_State *L) {
    lua_Number decisions = luaL_checknumber(L, 2);
    struct scratch *scratch;
    struct ledger *ledger;
    uint64_t seq;
    /* What a double holds exactly. This is false for NaN, too. */
    luaL_argcheck(L, decisions >= 0 && decisions <= 9007199254740992.0 && (lua_Number)(uint64_t)decisions == decisions, 2,
                  "a number of decisions is whole, and not negative");
    scratch = push_scratch(L);
    ledger = check_ledger(L);
    if (bailiwick_ledger_unrecorded(ledger->ledger, (uint64_t)decisions, &seq, &scratch->error) != BAILIWICK_OK) {
        return failed(L, scratch->error);
    }
    lua_pushnumber(L, (lua_Number)seq);
    return 1;
}

/* ledger:pad() -> the number of lines of padding | nil, message */
static int ledger_pad(lua_State *L) {
    struct scratch *scratch = push_scratch(L);
    struct ledger *ledger = check_ledger(L);
    uint64_t lines;
    if (bailiwick_ledger_pad(ledger->ledger, &lines, &scratch->error) != BAILIWICK_OK) {
        return failed(L, scratch->error);
    }
    lua_pushnumber(L, (lua_Number)lines);
    return 1;
}

/* ledger:public_head() -> "SEQ:DIGEST" | nil when there is none */
static int ledger_public_head(lua_State *L) {
    struct ledger *ledger = check_ledger(L);
    char head[128]; /* a number of 20 digits, `:sha256:` and 64 digits */
    size_t len = bailiwick_ledger_public_head(ledger->ledger, head, sizeof head);
    if (len == 0 || len >= sizeof head) {
        lua_pushnil(L);
    } else {
        lua_pushlstring(L, head, len);
    }
    return 1;
}

/* ledger:sync() -> true | nil, message */
static int ledger_sync(lua_State *L) {
    struct scratch *scratch = push_scratch(L);
    struct ledger *ledger = check_ledger(L);
    return done(L, bailiwick_ledger_sync(ledger->ledger, &scratch->error), scratch->error);
}

/* ledger:rotate(path) -> true | nil, message */
static int ledger_rotate(lua_State *L) {
    const char *path = check_path(L, 2);
    struct scratch *scratch = push_scratch(L);
    struct ledger *ledger = check_ledger(L);
    return done(L, bailiwick_ledger_rotate(ledger->ledger, path, &scratch->error), scratch->error);
}

/* ledger:close(): frees the ledger now, and not when Lua collects it */
static int ledger_close(lua_State *L) { return ledger_gc(L); }

/* ---- the module ------------------------------------------------------------------------------------------------------------------ */

static const luaL_Reg policy_methods[] = {
    {"decide", policy_decide}, {"explain", policy_explain},   {"sweep", policy_sweep}, {"reload", policy_reload},
    {"digest", policy_digest}, {"warnings", policy_warnings}, {NULL, NULL},
};

static const luaL_Reg decision_methods[] = {
    {"orders", decision_orders}, {"domestic", decision_domestic}, {"admits", decision_admits}, {"notice", decision_notice}, {NULL, NULL},
};

static const luaL_Reg ledger_methods[] = {
    {"record", ledger_record}, {"unrecorded", ledger_unrecorded},   {"pad", ledger_pad}, {"public_head", ledger_public_head},
    {"sync", ledger_sync},     {"rotate", ledger_rotate},           {"close", ledger_close}, {NULL, NULL},
};

static const luaL_Reg no_methods[] = {{NULL, NULL}};

static const luaL_Reg functions[] = {{"open", open_policy}, {"ledger", open_ledger}, {NULL, NULL}};

static void new_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc) {
    luaL_newmetatable(L, name);
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
    /* Hides the metatable, and with it `__gc`, from scripts. */
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L);
    set_functions(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

LUALIB_API int luaopen_bailiwick(lua_State *L) {
    if (bailiwick_abi_version() != BAILIWICK_ABI_VERSION) {
        return luaL_error(L, "libbailiwick has the binary interface %d, and this module was built for %d: build it again",
                          (int)bailiwick_abi_version(), BAILIWICK_ABI_VERSION);
    }
    new_type(L, SCRATCH, no_methods, scratch_gc);
    new_type(L, POLICY, policy_methods, policy_gc);
    new_type(L, DECISION, decision_methods, decision_gc);
    new_type(L, LEDGER, ledger_methods, ledger_gc);
    lua_newtable(L);
    set_functions(L, functions);
    lua_pushstring(L, bailiwick_version());
    lua_setfield(L, -2, "version");
    return 1;
}
