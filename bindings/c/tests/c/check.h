/* What the programs of this folder share: checks that count, and a small world to ask about. */

#ifndef CHECK_H
#define CHECK_H

#include <bailiwick.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int checks = 0, failures = 0;

#define CHECK(condition) check((condition) != 0, __FILE__, __LINE__, #condition)

/* A call that takes the address of `error` fails with a code and with a message that has a text in it. */
#define FAILS(call, expected, text)                                     \
    do {                                                                \
        bailiwick_error *error = NULL;                                  \
        int returned = (call);                                          \
        check_error(returned, error, (expected), (text), __LINE__);     \
        bailiwick_error_free(error);                                    \
    } while (0)

/* A call that takes the address of `error` succeeds, and overwrites what was there. */
#define WORKS(call)                                                     \
    do {                                                                \
        bailiwick_error *error = (bailiwick_error *)(uintptr_t)1;       \
        int returned = (call);                                          \
        check(returned == BAILIWICK_OK, __FILE__, __LINE__, #call);     \
        check(error == NULL, __FILE__, __LINE__, "no error is left");   \
        if (returned != BAILIWICK_OK) print_error(error);               \
    } while (0)

/* A text, and its length without the zero. */
#define TEXT(text) (text), sizeof(text) - 1

/* In the territory, and outside of it. */
#define V4(a, b, c, d) {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d)}
static const uint8_t INSIDE[16] = V4(203, 0, 113, 7);
static const uint8_t OUTSIDE[16] = V4(198, 51, 100, 7);

static const char GEO[] = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n2001:db8::,2001:db8::ffff,CN\n";

/* The same, and one network more in the territory. */
static const char MORE_GEO[] =
    "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n2001:db8::,2001:db8::ffff,CN\n192.0.2.0,192.0.2.255,CN\n";

#define ORDER(id, meetings) "[[orders]]\nid = \"" id "\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [" meetings "]\n"

static const char ORDERS[] =
    ORDER("cn-1", "\"vigil\", \"with\\u0000zero\"")
    "accounts = [\"host-17\"]\n"
    "notice = { en = \"You cannot join.\", zh = \"\xe6\x82\xa8\xe6\x97\xa0\xe6\xb3\x95\xe5\x8a\xa0\xe5\x85\xa5\" }\n"
    ORDER("cn-2", "\"vigil\"");

/* 2020-06-04T12:00:00Z */
#define NOON (INT64_C(1591272000) * 1000000000)

static inline void check(int holds, const char *file, int line, const char *what) {
    __atomic_add_fetch(&checks, 1, __ATOMIC_RELAXED);
    if (!holds) {
        __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
        fprintf(stderr, "%s:%d: %s\n", file, line, what);
    }
}

static inline void print_error(const bailiwick_error *error) {
    bailiwick_str message = bailiwick_error_message(error);
    fprintf(stderr, "    %.*s\n", (int)message.len, message.ptr);
}

static inline int contains(bailiwick_str text, const char *part) {
    size_t len = strlen(part);
    for (size_t at = 0; at + len <= text.len; at++) {
        if (memcmp(text.ptr + at, part, len) == 0) return 1;
    }
    return 0;
}

static inline int equals(bailiwick_str text, const char *other) {
    return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

static inline void check_error(int returned, const bailiwick_error *error, int expected, const char *text, int line) {
    char what[256];
    snprintf(what, sizeof what, "returned %d, not %d, with a message that has \"%s\"", returned, expected, text);
    int holds = returned == expected && error != NULL && bailiwick_error_code(error) == expected &&
                contains(bailiwick_error_message(error), text);
    check(holds, "error in line", line, what);
    if (!holds) print_error(error);
}

static inline void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

static inline bailiwick_region region(const char *code) {
    bailiwick_region region;
    CHECK(bailiwick_region_parse(code, strlen(code), &region) == BAILIWICK_OK);
    return region;
}

static inline bailiwick_atlas *atlas_of(const char *geo) {
    write_file("geo.csv", geo);
    const char *sources[] = {"provider=range:geo.csv"};
    bailiwick_atlas *atlas = NULL;
    WORKS(bailiwick_atlas_open(sources, 1, 1, &atlas, &error));
    return atlas;
}

static inline bailiwick_policy *policy_of(const char *orders, const bailiwick_atlas *atlas) {
    bailiwick_policy *policy = NULL;
    WORKS(bailiwick_policy_parse(orders, strlen(orders), atlas, &policy, &error));
    return policy;
}

static inline int decides(const bailiwick_policy *policy, const char *meeting, const uint8_t address[16]) {
    bailiwick_region unknown = {{0}};
    bailiwick_decision decision;
    bailiwick_decide(policy, meeting, strlen(meeting), NULL, 0, address, unknown, &decision);
    return bailiwick_decision_unasked(&decision) ? -1 : decision.kind;
}

/* Ends a child. One that found nothing becomes another program, so that nobody looks for what it has not freed: its parent does that. */
static inline void end_child(void) {
    if (failures == 0) execlp("true", "true", (char *)NULL);
    _exit(1);
}

static inline int finish(const char *name) {
    printf("%s: %d checks, %d failed\n", name, checks, failures);
    return failures != 0 || checks == 0;
}

#endif
