/* Calls every function of bailiwick.h, with what it is made for and with what it must refuse. bindings/c/test runs it under valgrind. */

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

static void versions(void) {
    CHECK(bailiwick_abi_version() == BAILIWICK_ABI_VERSION);
    CHECK(strlen(bailiwick_version()) >= 5 && strchr(bailiwick_version(), '.') != NULL);
}

static void errors(void) {
    CHECK(bailiwick_error_code(NULL) == BAILIWICK_OK);
    CHECK(bailiwick_error_message(NULL).len == 0 && bailiwick_error_message(NULL).ptr != NULL);
    bailiwick_error_free(NULL);
}

static void regions(void) {
    bailiwick_region us = region("us-ca"), other;
    CHECK(memcmp(us.code, "US-CA\0\0\0", 8) == 0);
    CHECK(bailiwick_region_parse("CN-HK???", 5, &other) == BAILIWICK_OK && memcmp(other.code, "HK\0\0\0\0\0\0", 8) == 0);
    const struct { const char *text; size_t len; int code; } unknown[] = {
        {TEXT("UK"), BAILIWICK_INVALID}, {TEXT("\xff\xfe"), BAILIWICK_INVALID}, {TEXT(""), BAILIWICK_INVALID},
        {TEXT("U\0S"), BAILIWICK_INVALID}, {NULL, 2, BAILIWICK_INVALID}, {"US", SIZE_MAX, BAILIWICK_INVALID},
        {TEXT("ZZ"), BAILIWICK_OK},
    };
    for (size_t n = 0; n < sizeof unknown / sizeof *unknown; n++) {
        memset(&other, 'x', sizeof other);
        CHECK(bailiwick_region_parse(unknown[n].text, unknown[n].len, &other) == unknown[n].code);
        CHECK(memcmp(other.code, "\0\0\0\0\0\0\0\0", 8) == 0);
    }
    CHECK(bailiwick_region_parse("US", 2, NULL) == BAILIWICK_OK);
}

static void atlases(void) {
    bailiwick_atlas *atlas = (bailiwick_atlas *)(uintptr_t)1;
    const char *missing[] = {"missing.csv"}, *folder[] = {"."}, *broken[] = {"range:broken.csv"}, *null[] = {"geo.csv", NULL};
    const char *bytes[] = {"\xff"}, *format[] = {"geofed:geo.csv"}, *twice[] = {"geo.csv", "geo.csv"}, *empty[] = {"empty.csv"};
    write_file("geo.csv", GEO);
    write_file("broken.csv", "203.0.113.0,nonsense,CN\n");
    write_file("empty.csv", "");
    FAILS(bailiwick_atlas_open(missing, 1, 1, &atlas, &error), BAILIWICK_IO, "missing.csv");
    CHECK(atlas == NULL);
    FAILS(bailiwick_atlas_open(folder, 1, 1, &atlas, &error), BAILIWICK_IO, "directory");
    FAILS(bailiwick_atlas_open(broken, 1, 1, &atlas, &error), BAILIWICK_INVALID, "nonsense");
    FAILS(bailiwick_atlas_open(empty, 1, 1, &atlas, &error), BAILIWICK_INVALID, "empty.csv");
    FAILS(bailiwick_atlas_open(null, 2, 1, &atlas, &error), BAILIWICK_INVALID, "sources[1]");
    FAILS(bailiwick_atlas_open(bytes, 1, 1, &atlas, &error), BAILIWICK_INVALID, "sources[0]");
    FAILS(bailiwick_atlas_open(format, 1, 1, &atlas, &error), BAILIWICK_INVALID, "did you mean `geofeed`?");
    FAILS(bailiwick_atlas_open(twice, 2, 1, &atlas, &error), BAILIWICK_INVALID, "geo");
    FAILS(bailiwick_atlas_open(NULL, 1, 1, &atlas, &error), BAILIWICK_INVALID, "`sources`");
    FAILS(bailiwick_atlas_open(missing, SIZE_MAX, 1, &atlas, &error), BAILIWICK_INVALID, "`sources`");
    FAILS(bailiwick_atlas_open(null, 1, 2, &atlas, &error), BAILIWICK_INVALID, "min_sources");
    FAILS(bailiwick_atlas_open(null, 1, 0, &atlas, &error), BAILIWICK_INVALID, "min_sources");
    FAILS(bailiwick_atlas_open(null, 1, 1, NULL, &error), BAILIWICK_INVALID, "`out`");
    CHECK(bailiwick_atlas_open(missing, 1, 1, &atlas, NULL) == BAILIWICK_IO && atlas == NULL);

    WORKS(bailiwick_atlas_open(NULL, 0, 1, &atlas, &error));
    CHECK(atlas != NULL);
    bailiwick_policy *policy = policy_of(ORDERS, atlas);
    CHECK(decides(policy, "vigil", INSIDE) == BAILIWICK_KEEP_MEETING);
    bailiwick_policy_free(policy);
    bailiwick_atlas_free(atlas);
    bailiwick_atlas_free(NULL);
}

/* Sources that agree, that do not, and that are no evidence of place. */
static void sources(void) {
    write_file("geo.csv", GEO);
    write_file("other.csv", "203.0.113.0,203.0.113.127,CN\n203.0.113.128,203.0.113.255,US\n");
    write_file("relays.csv", "203.0.113.7/32,ZZ\n");
    mkdir("folder", 0777);
    write_file("folder/geo.csv", GEO);
    const uint8_t contested[16] = V4(203, 0, 113, 200), relay[16] = V4(203, 0, 113, 7), agreed[16] = V4(203, 0, 113, 8);
    const struct { const char *sources[3]; size_t count, min; const uint8_t *address; int kind; } cases[] = {
        {{"geo.csv", "other.csv"}, 2, 2, agreed, BAILIWICK_BLOCK_PARTICIPANT},
        {{"geo.csv", "other.csv"}, 2, 1, contested, BAILIWICK_KEEP_MEETING},
        {{"geo.csv"}, 1, 1, relay, BAILIWICK_BLOCK_PARTICIPANT},
        {{"geo.csv", "exclude:relays=cidr:relays.csv"}, 2, 1, relay, BAILIWICK_KEEP_MEETING},
        {{"geo.csv", "exclude:relays=cidr:relays.csv"}, 2, 1, agreed, BAILIWICK_BLOCK_PARTICIPANT},
        /* Files of one name are told apart by their folders. */
        {{"geo.csv", "folder/geo.csv"}, 2, 2, agreed, BAILIWICK_BLOCK_PARTICIPANT},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        bailiwick_atlas *atlas = NULL;
        WORKS(bailiwick_atlas_open(cases[n].sources, cases[n].count, cases[n].min, &atlas, &error));
        bailiwick_policy *policy = policy_of(ORDERS, atlas);
        bailiwick_atlas_free(atlas);
        CHECK(decides(policy, "vigil", cases[n].address) == cases[n].kind);
        bailiwick_policy_free(policy);
    }
}

static void policies(const bailiwick_atlas *atlas) {
    bailiwick_policy *policy = (bailiwick_policy *)(uintptr_t)1;
    static const char WRONG_TYPE[] = "[[orders]]\nid = 1\n";
    static const char WRONG_CODE[] = "[[orders]]\nid = \"gb-1\"\nissuer = \"UK\"\nstatus = \"in-force\"\nmeetings = [\"m\"]\n";
    FAILS(bailiwick_policy_open("missing.toml", atlas, &policy, &error), BAILIWICK_IO, "missing.toml");
    CHECK(policy == NULL);
    FAILS(bailiwick_policy_open(".", atlas, &policy, &error), BAILIWICK_IO, "`.`");
    FAILS(bailiwick_policy_open(NULL, atlas, &policy, &error), BAILIWICK_INVALID, "`path`");
    FAILS(bailiwick_policy_parse(ORDERS, strlen(ORDERS), NULL, &policy, &error), BAILIWICK_INVALID, "`atlas`");
    FAILS(bailiwick_policy_parse(NULL, 9, atlas, &policy, &error), BAILIWICK_INVALID, "`toml`");
    FAILS(bailiwick_policy_parse(ORDERS, strlen(ORDERS), atlas, NULL, &error), BAILIWICK_INVALID, "`out`");
    FAILS(bailiwick_policy_parse("\xff", 1, atlas, &policy, &error), BAILIWICK_INVALID, "cannot be read");
    FAILS(bailiwick_policy_parse("\0", 1, atlas, &policy, &error), BAILIWICK_INVALID, "orders:1:1");
    FAILS(bailiwick_policy_parse(WRONG_TYPE, strlen(WRONG_TYPE), atlas, &policy, &error), BAILIWICK_INVALID, "orders:2:6");
    CHECK(bailiwick_policy_parse("x", 1, atlas, &policy, NULL) == BAILIWICK_INVALID && policy == NULL);
    write_file("bad.toml", WRONG_CODE);
    FAILS(bailiwick_policy_open("bad.toml", atlas, &policy, &error), BAILIWICK_INVALID, "did you mean `GB`?");
    CHECK(policy == NULL);

    write_file("orders.toml", ORDERS);
    WORKS(bailiwick_policy_open("orders.toml", atlas, &policy, &error));
    CHECK(decides(policy, "vigil", INSIDE) == BAILIWICK_BLOCK_PARTICIPANT);
    bailiwick_policy_free(policy);
    write_file("orders", "{ \"orders\": [{ \"id\": \"cn-1\", \"issuer\": \"CN\", \"status\": \"in-force\", \"meetings\": [\"vigil\"] }] }");
    WORKS(bailiwick_policy_open("orders", atlas, &policy, &error));
    CHECK(decides(policy, "vigil", INSIDE) == BAILIWICK_BLOCK_PARTICIPANT);
    bailiwick_policy_free(policy);
    write_file("\xff.toml", ORDERS);
    WORKS(bailiwick_policy_open("\xff.toml", atlas, &policy, &error));
    bailiwick_policy_free(policy);
    bailiwick_policy_free(NULL);
}

static void requirements(const bailiwick_atlas *atlas) {
    bailiwick_policy *policy = NULL;
    write_file("orders.toml", ORDERS);
    const struct { const char *text; size_t len; const char *message; } refused[] = {
        {TEXT("approvals = 2\n"), "approved_by"}, {TEXT("approval = 2\n"), "approval"}, {TEXT("\xff"), "requirements"},
        {TEXT("approvals"), "requirements"}, {TEXT("end_mark = true"), "end"}, {"approvals = 2", SIZE_MAX, "`len`"},
    };
    for (size_t n = 0; n < sizeof refused / sizeof *refused; n++) {
        FAILS(bailiwick_policy_open_with("orders.toml", atlas, refused[n].text, refused[n].len, &policy, &error), BAILIWICK_INVALID,
              refused[n].message);
        CHECK(policy == NULL);
    }
    FAILS(bailiwick_policy_open_with(NULL, atlas, NULL, 0, &policy, &error), BAILIWICK_INVALID, "`path`");
    const struct { const char *text; size_t len; } met[] = {{NULL, 0}, {NULL, 9}, {TEXT("")}, {TEXT("approvals = 0\n")}};
    for (size_t n = 0; n < sizeof met / sizeof *met; n++) {
        WORKS(bailiwick_policy_open_with("orders.toml", atlas, met[n].text, met[n].len, &policy, &error));
        bailiwick_policy_free(policy);
    }
}

/* Texts are written as snprintf does, and cut between characters. */
static void texts(const bailiwick_policy *policy) {
    char text[4096], cut[4096];
    CHECK(bailiwick_policy_digest(policy, text, sizeof text) == 71 && strncmp(text, "sha256:", 7) == 0 && strlen(text) == 71);
    CHECK(bailiwick_policy_digest(policy, cut, 8) == 71 && strcmp(cut, "sha256:") == 0);
    size_t whole = bailiwick_policy_warnings(policy, text, sizeof text);
    CHECK(whole == strlen(text) && strstr(text, "cn-1") != NULL && strchr(text, '\n') != NULL);
    CHECK(bailiwick_policy_warnings(policy, NULL, 0) == whole);
    CHECK(bailiwick_policy_digest(NULL, text, sizeof text) == 0 && text[0] == 0);
    CHECK(bailiwick_policy_warnings(NULL, text, sizeof text) == 0 && text[0] == 0);

    bailiwick_decision decision;
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, INSIDE, region("US"), &decision);
    whole = bailiwick_decision_notice(&decision, TEXT("zh-Hant, en;q=0.5"), text, sizeof text);
    CHECK(whole == strlen(text) && strncmp(text, "\xe6\x82\xa8\xe6\x97\xa0", 6) == 0);
    for (size_t room = 0; room <= whole + 2; room++) {
        memset(cut, 'x', sizeof cut);
        CHECK(bailiwick_decision_notice(&decision, TEXT("zh"), cut, room) == whole);
        size_t written = room == 0 ? 0 : strlen(cut);
        CHECK(cut[room] == 'x' && (room == 0 || written < room) && strncmp(cut, text, written) == 0);
        /* What follows is no continuation of a character (RFC 3629, section 3), and no more than a part of one is missing. */
        CHECK(room == 0 || ((text[written] & 0xc0) != 0x80 && (written == whole || written + 4 >= room)));
    }
    CHECK(bailiwick_decision_notice(&decision, TEXT("zh"), NULL, 0) == whole);
    CHECK(bailiwick_decision_notice(&decision, TEXT("zh"), NULL, 9) == whole);
    CHECK(bailiwick_decision_notice(&decision, NULL, 0, text, sizeof text) > 0 && strncmp(text, "You cannot join.", 16) == 0);
    CHECK(bailiwick_decision_notice(&decision, TEXT("\xff"), text, sizeof text) > 0 && strncmp(text, "You cannot join.", 16) == 0);
    CHECK(bailiwick_decision_notice(NULL, NULL, 0, text, sizeof text) == 0 && text[0] == 0);
    CHECK(bailiwick_decision_notice(NULL, NULL, 0, NULL, 0) == 0);
}

static void decisions(const bailiwick_policy *policy) {
    bailiwick_decision decision, copy;
    bailiwick_region us = region("US"), cn = region("CN"), unparsed = {{'c', 'n'}}, garbage;
    bailiwick_str ids[3];
    char text[4096];
    memset(&garbage, 0xff, sizeof garbage);

    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, INSIDE, us, &decision);
    CHECK(decision.kind == BAILIWICK_BLOCK_PARTICIPANT && decision.admits == 0 && !bailiwick_decision_unasked(&decision));
    CHECK(memcmp(decision.reserved, "\0\0\0\0\0\0", 6) == 0);
    CHECK(bailiwick_decision_orders(&decision, ids, 3) == 2 && equals(ids[0], "cn-1") && equals(ids[1], "cn-2"));
    ids[1].len = 99;
    CHECK(bailiwick_decision_orders(&decision, ids, 1) == 2 && equals(ids[0], "cn-1") && ids[1].len == 99);
    CHECK(bailiwick_decision_orders(&decision, NULL, 0) == 2 && bailiwick_decision_orders(&decision, NULL, 3) == 2);
    CHECK(bailiwick_decision_domestic(&decision, ids) == 0);

    /* A copy may stand anywhere. */
    char *anywhere = malloc(sizeof decision + 8);
    for (int offset = 0; offset < 8; offset++) {
        memcpy(anywhere + offset, &decision, sizeof decision);
        const bailiwick_decision *there = (const bailiwick_decision *)(const void *)(anywhere + offset);
        CHECK(bailiwick_decision_orders(there, ids, 3) == 2 && equals(ids[1], "cn-2") && !bailiwick_decision_unasked(there));
        CHECK(bailiwick_decision_notice(there, NULL, 0, text, sizeof text) > 0);
    }
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, OUTSIDE, cn, (bailiwick_decision *)(void *)(anywhere + 1));
    CHECK(anywhere[1] == BAILIWICK_KEEP_MEETING && anywhere[2] == 1);
    free(anywhere);
    copy = decision;
    CHECK(bailiwick_decision_orders(&copy, ids, 3) == 2);

    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, OUTSIDE, cn, &decision);
    CHECK(decision.kind == BAILIWICK_KEEP_MEETING && decision.admits == 1);
    CHECK(bailiwick_decision_orders(&decision, ids, 3) == 2 && bailiwick_decision_domestic(&decision, ids) == 1 && equals(ids[0], "cn-1"));
    CHECK(bailiwick_decision_domestic(&decision, NULL) == 1);
    CHECK(bailiwick_decision_notice(&decision, TEXT("en"), text, sizeof text) == 0 && text[0] == 0);
    /* A region that was not parsed is unknown, and no order is domestic to it. */
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, OUTSIDE, unparsed, &decision);
    CHECK(decision.kind == BAILIWICK_KEEP_MEETING && bailiwick_decision_domestic(&decision, ids) == 0);
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, OUTSIDE, garbage, &decision);
    CHECK(decision.kind == BAILIWICK_KEEP_MEETING && bailiwick_decision_domestic(&decision, ids) == 0);

    bailiwick_decide(policy, TEXT("other"), TEXT("host-17"), INSIDE, us, &decision);
    CHECK(decision.kind == BAILIWICK_BLOCK_PARTICIPANT && bailiwick_decision_orders(&decision, ids, 3) == 1);
    bailiwick_decide(policy, TEXT("other"), TEXT("host-18"), INSIDE, us, &decision);
    CHECK(decision.kind == BAILIWICK_ALLOW && decision.admits == 1 && !bailiwick_decision_unasked(&decision));
    CHECK(bailiwick_decision_orders(&decision, ids, 3) == 0 && bailiwick_decision_domestic(&decision, ids) == 0);
    CHECK(bailiwick_decision_notice(&decision, NULL, 0, text, sizeof text) == 0);
}

/* Names are bytes with a length. */
static void names(const bailiwick_policy *policy) {
    enum { MEGABYTE = 1 << 20 };
    char *large = malloc(MEGABYTE), *bad = malloc(MEGABYTE);
    memset(large, 'a', MEGABYTE);
    memset(bad, 'a', MEGABYTE);
    bad[MEGABYTE - 1] = (char)0xe6;
    enum { UNASKED = -1 };
    const struct { const char *meeting; size_t meeting_len; const char *account; size_t account_len; int kind; } cases[] = {
        {"vigil?", 5, NULL, 0, BAILIWICK_BLOCK_PARTICIPANT},
        {TEXT("with\0zero"), NULL, 0, BAILIWICK_BLOCK_PARTICIPANT},
        {"with\0zero", 4, NULL, 0, BAILIWICK_ALLOW},
        {TEXT("vigil\0"), NULL, 0, BAILIWICK_ALLOW},
        {TEXT(""), TEXT(""), BAILIWICK_ALLOW},
        {large, MEGABYTE, large, MEGABYTE, BAILIWICK_ALLOW},
        {large, MEGABYTE, TEXT("host-17"), BAILIWICK_BLOCK_PARTICIPANT},
        {bad, MEGABYTE, NULL, 0, UNASKED},
        {TEXT("\xff\xfe"), NULL, 0, UNASKED},
        {TEXT("\xed\xa0\x80"), TEXT("host-17"), UNASKED},
        {NULL, 5, NULL, 0, UNASKED},
        {NULL, 0, TEXT("host-17"), UNASKED},
        {"vigil", SIZE_MAX, NULL, 0, UNASKED},
        /* An account that is not UTF-8 names none. */
        {TEXT("vigil"), TEXT("\xff"), BAILIWICK_BLOCK_PARTICIPANT},
        {TEXT("other"), TEXT("host-17\xff"), BAILIWICK_ALLOW},
        {TEXT("other"), bad, MEGABYTE, BAILIWICK_ALLOW},
        {TEXT("other"), NULL, 7, BAILIWICK_ALLOW},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        bailiwick_decision decision;
        memset(&decision, 0xff, sizeof decision);
        bailiwick_decide(policy, cases[n].meeting, cases[n].meeting_len, cases[n].account, cases[n].account_len, INSIDE, region("US"),
                         &decision);
        int unasked = cases[n].kind == UNASKED;
        CHECK(decision.kind == (unasked ? BAILIWICK_ALLOW : cases[n].kind));
        CHECK(decision.admits == (decision.kind != BAILIWICK_BLOCK_PARTICIPANT));
        CHECK(bailiwick_decision_unasked(&decision) == unasked);
    }
    free(large);
    free(bad);
}

static void unasked(const bailiwick_policy *policy) {
    bailiwick_decision decision;
    bailiwick_region us = region("US");
    bailiwick_str ids[1];
    char text[64];
    bailiwick_decide(NULL, TEXT("vigil"), NULL, 0, INSIDE, us, &decision);
    CHECK(decision.kind == BAILIWICK_ALLOW && decision.admits == 1 && bailiwick_decision_unasked(&decision));
    CHECK(bailiwick_decision_orders(&decision, ids, 1) == 0 && bailiwick_decision_domestic(&decision, ids) == 0);
    bailiwick_decide_at(NULL, TEXT("vigil"), NULL, 0, INSIDE, us, NOON, &decision);
    CHECK(decision.admits == 1 && bailiwick_decision_unasked(&decision));
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, NULL, us, &decision);
    CHECK(decision.admits == 1 && bailiwick_decision_unasked(&decision));
    bailiwick_decide(policy, TEXT("vigil"), NULL, 0, INSIDE, us, NULL);
    bailiwick_decide_at(policy, TEXT("vigil"), NULL, 0, INSIDE, us, NOON, NULL);
    memset(&decision, 0, sizeof decision);
    CHECK(bailiwick_decision_orders(&decision, ids, 1) == 0 && !bailiwick_decision_unasked(&decision));
    CHECK(bailiwick_decision_orders(NULL, ids, 1) == 0 && bailiwick_decision_domestic(NULL, ids) == 0 && bailiwick_decision_unasked(NULL));
    CHECK(bailiwick_explain_json(NULL, TEXT("vigil"), NULL, 0, INSIDE, us, NOON, text, sizeof text) == 0 && text[0] == 0);
    CHECK(bailiwick_explain_json(policy, TEXT("\xff"), NULL, 0, INSIDE, us, NOON, text, sizeof text) == 0 && text[0] == 0);
    CHECK(bailiwick_explain_json(policy, TEXT("vigil"), NULL, 0, NULL, us, NOON, NULL, 0) == 0);
}

static void times(const bailiwick_atlas *atlas) {
    bailiwick_policy *policy = policy_of(
        ORDER("cn-1", "\"vigil\"") "effective = \"2020-06-03T00:00:00Z\"\nexpires = \"2020-06-05T00:00:00Z\"\n", atlas);
    const int64_t end = INT64_C(1591315200) * 1000000000;
    const struct { int64_t at; int kind; } cases[] = {
        {INT64_MIN, BAILIWICK_ALLOW}, {-1, BAILIWICK_ALLOW}, {0, BAILIWICK_ALLOW}, {NOON, BAILIWICK_BLOCK_PARTICIPANT},
        {end - 1, BAILIWICK_BLOCK_PARTICIPANT}, {end, BAILIWICK_ALLOW}, {INT64_MAX, BAILIWICK_ALLOW},
    };
    char text[4096];
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        bailiwick_decision decision;
        bailiwick_decide_at(policy, TEXT("vigil"), NULL, 0, INSIDE, region("US"), cases[n].at, &decision);
        CHECK(decision.kind == cases[n].kind && !bailiwick_decision_unasked(&decision));
        size_t whole = bailiwick_explain_json(policy, TEXT("vigil"), NULL, 0, INSIDE, region("US"), cases[n].at, text, sizeof text);
        CHECK(whole == strlen(text) && strstr(text, cases[n].kind ? "\"decision\":\"block-participant\"" : "\"decision\":\"allow\""));
    }
    CHECK(decides(policy, "vigil", INSIDE) == BAILIWICK_ALLOW);
    bailiwick_policy_free(policy);
}

static void sockets(const bailiwick_policy *policy) {
    bailiwick_decision decision;
    bailiwick_region us = region("US");
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    memset(&v4, 0, sizeof v4);
    memset(&v6, 0, sizeof v6);
    memset(&local, 0, sizeof local);
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    local.sun_family = AF_UNIX;
#define DECIDE(address, len) bailiwick_decide_sockaddr(policy, TEXT("vigil"), NULL, 0, (const void *)(address), (len), us, &decision)
    const struct { int family; const char *address; int kind; } cases[] = {
        {AF_INET, "203.0.113.7", BAILIWICK_BLOCK_PARTICIPANT},   {AF_INET, "198.51.100.7", BAILIWICK_KEEP_MEETING},
        {AF_INET6, "2001:db8::7", BAILIWICK_BLOCK_PARTICIPANT},  {AF_INET6, "2001:db9::7", BAILIWICK_KEEP_MEETING},
        {AF_INET6, "::ffff:203.0.113.7", BAILIWICK_BLOCK_PARTICIPANT},
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        int is_v4 = cases[n].family == AF_INET;
        CHECK(inet_pton(cases[n].family, cases[n].address, is_v4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr) == 1);
        CHECK((is_v4 ? DECIDE(&v4, sizeof v4) : DECIDE(&v6, sizeof v6)) == BAILIWICK_OK);
        CHECK(decision.kind == cases[n].kind && !bailiwick_decision_unasked(&decision));
    }
    /* One that is cut off is not read behind its end: it lies at the end of its memory. */
    for (socklen_t len = 0; len < sizeof v6; len++) {
        const void *whole = len < sizeof v4 ? (const void *)&v4 : (const void *)&v6;
        void *cut = malloc(len);
        if (len > 0) memcpy(cut, whole, len);
        CHECK(DECIDE(cut, len) == BAILIWICK_INVALID);
        CHECK(decision.kind == BAILIWICK_ALLOW && decision.admits == 1 && bailiwick_decision_unasked(&decision));
        free(cut);
    }
    CHECK(DECIDE(&local, sizeof local) == BAILIWICK_INVALID && decision.admits == 1 && bailiwick_decision_unasked(&decision));
    CHECK(DECIDE(NULL, sizeof v4) == BAILIWICK_INVALID && decision.admits == 1 && bailiwick_decision_unasked(&decision));
    bailiwick_policy *none = NULL;
    CHECK(bailiwick_decide_sockaddr(none, TEXT("vigil"), NULL, 0, (void *)&v6, sizeof v6, us, &decision) == BAILIWICK_OK);
    CHECK(decision.admits == 1 && bailiwick_decision_unasked(&decision));
#undef DECIDE
}

int main(void) {
    versions();
    errors();
    regions();
    atlases();
    sources();
    bailiwick_atlas *atlas = atlas_of(GEO);
    policies(atlas);
    requirements(atlas);
    times(atlas);
    bailiwick_policy *policy = policy_of(ORDERS, atlas);
    bailiwick_atlas_free(atlas);
    texts(policy);
    decisions(policy);
    names(policy);
    unasked(policy);
    sockets(policy);
    bailiwick_policy_free(policy);
    return finish("calls");
}
