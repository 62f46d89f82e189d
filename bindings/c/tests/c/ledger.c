/* Records decisions, in the process that opened the ledger and in its children. */

#include "check.h"

#include <sys/wait.h>

#define QUESTION TEXT("vigil"), NULL, 0, INSIDE, region("US")

static size_t lines_of(const char *path) {
    FILE *file = fopen(path, "r");
    size_t lines = 0;
    if (file == NULL) return 0;
    for (int c; (c = getc(file)) != EOF;) lines += c == '\n';
    fclose(file);
    return lines;
}

/* Runs in a child. Returns 0 when all checks hold there. */
static int in_child(void (*run)(bailiwick_ledger *, const bailiwick_policy *), bailiwick_ledger *ledger, const bailiwick_policy *policy) {
    pid_t child = fork();
    if (child == 0) {
        failures = 0;
        run(ledger, policy);
        end_child();
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A child decides as its parent does, and may not write to its parent's ledger. It has one of its own. */
static void child(bailiwick_ledger *ledger, const bailiwick_policy *policy) {
    uint64_t seq = 99;
    CHECK(decides(policy, "vigil", INSIDE) == BAILIWICK_BLOCK_PARTICIPANT);
    FAILS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, &error), BAILIWICK_INVALID, "%p");
    CHECK(seq == 99);
    CHECK(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, NULL) == BAILIWICK_INVALID);
    FAILS(bailiwick_ledger_sync(ledger, &error), BAILIWICK_INVALID, "%p");
    FAILS(bailiwick_ledger_pad(ledger, &seq, &error), BAILIWICK_INVALID, "%p");
    FAILS(bailiwick_ledger_unrecorded(ledger, 10, &seq, &error), BAILIWICK_INVALID, "%p");
    CHECK(seq == 99 && bailiwick_ledger_public_head(ledger, NULL, 0) == 0);
    FAILS(bailiwick_ledger_rotate(ledger, "stolen.jsonl", &error), BAILIWICK_INVALID, "%p");
    CHECK(access("stolen.jsonl", F_OK) != 0);
    bailiwick_ledger_free(ledger);

    uint8_t key[32];
    memset(key, 7, sizeof key);
    bailiwick_ledger *own = NULL;
    WORKS(bailiwick_ledger_open("worker-%p.jsonl", key, sizeof key, &own, &error));
    WORKS(bailiwick_ledger_record(own, policy, QUESTION, NOON, &seq, &error));
    CHECK(seq == 1);
    bailiwick_ledger_free(own);
}

/* Decisions that are missing are counted, and padding covers every line with a public head. Opening the file verifies all of it. */
static void missing_decisions_are_counted_and_lines_are_covered(const bailiwick_policy *policy) {
    uint8_t key[32];
    uint64_t seq = 99, lines = 99;
    char head[100] = "unchanged", again[100] = "";
    bailiwick_ledger *ledger = NULL;
    memset(key, 9, sizeof key);
    memset(key, 4, 7);
    WORKS(bailiwick_ledger_open("padded.jsonl", key, sizeof key, &ledger, &error));
    CHECK(bailiwick_ledger_public_head(ledger, head, sizeof head) == 0 && head[0] == 0);
    WORKS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, NULL, &error));
    FAILS(bailiwick_ledger_unrecorded(ledger, 9, &seq, &error), BAILIWICK_INVALID, "until there are 10");
    CHECK(seq == 99);
    WORKS(bailiwick_ledger_unrecorded(ledger, 10, &seq, &error));
    CHECK(seq == 2);
    WORKS(bailiwick_ledger_unrecorded(ledger, 0, NULL, &error));
    WORKS(bailiwick_ledger_pad(ledger, &lines, &error));
    CHECK(lines == 252 && lines_of("padded.jsonl") == 256);
    CHECK(bailiwick_ledger_public_head(ledger, head, sizeof head) == strlen("255:sha256:") + 64);
    CHECK(strncmp(head, "255:sha256:", 11) == 0);
    WORKS(bailiwick_ledger_pad(ledger, &lines, &error));
    CHECK(lines == 0);
    WORKS(bailiwick_ledger_pad(ledger, NULL, &error));
    FAILS(bailiwick_ledger_pad(NULL, &lines, &error), BAILIWICK_INVALID, "`ledger`");
    FAILS(bailiwick_ledger_unrecorded(NULL, 10, &seq, &error), BAILIWICK_INVALID, "`ledger`");
    CHECK(bailiwick_ledger_public_head(NULL, head, 0) == 0);
    bailiwick_ledger_free(ledger);
    WORKS(bailiwick_ledger_open("padded.jsonl", key, sizeof key, &ledger, &error));
    bailiwick_ledger_public_head(ledger, again, sizeof again);
    CHECK(strcmp(head, again) == 0);
    WORKS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, &error));
    CHECK(seq == 256);
    bailiwick_ledger_free(ledger);
}

int main(void) {
    bailiwick_atlas *atlas = atlas_of(GEO);
    bailiwick_policy *policy = policy_of(ORDERS, atlas);
    bailiwick_atlas_free(atlas);
    bailiwick_ledger *ledger = (bailiwick_ledger *)(uintptr_t)1, *second = NULL;
    uint8_t key[32];
    uint64_t seq = 0;
    for (size_t n = 0; n < sizeof key; n++) key[n] = (uint8_t)(n * 7 + 1);

    FAILS(bailiwick_ledger_open("ledger.jsonl", key, 31, &ledger, &error), BAILIWICK_INVALID, "31 bytes");
    CHECK(ledger == NULL);
    FAILS(bailiwick_ledger_open("ledger.jsonl", NULL, 32, &ledger, &error), BAILIWICK_INVALID, "`key`");
    FAILS(bailiwick_ledger_open(NULL, key, 32, &ledger, &error), BAILIWICK_INVALID, "`path`");
    FAILS(bailiwick_ledger_open("ledger.jsonl", key, 32, NULL, &error), BAILIWICK_INVALID, "`out`");
    FAILS(bailiwick_ledger_open("no/such/folder", key, 32, &ledger, &error), BAILIWICK_IO, "no/such/folder");
    write_file("letter.txt", "Dear reader\n");
    FAILS(bailiwick_ledger_open("letter.txt", key, 32, &ledger, &error), BAILIWICK_INVALID, "letter.txt");
    CHECK(bailiwick_ledger_open("no/such/folder", key, 32, &ledger, NULL) == BAILIWICK_IO);

    WORKS(bailiwick_ledger_open("ledger.jsonl", key, 32, &ledger, &error));
    FAILS(bailiwick_ledger_open("ledger.jsonl", key, 32, &second, &error), BAILIWICK_INVALID, "another ledger");
    WORKS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, &error));
    CHECK(seq == 1);
    CHECK(bailiwick_ledger_record(ledger, policy, TEXT("vigil"), TEXT("\xff"), OUTSIDE, region("US"), NOON, NULL, NULL) == BAILIWICK_OK);
    FAILS(bailiwick_ledger_record(ledger, NULL, QUESTION, NOON, &seq, &error), BAILIWICK_INVALID, "`policy`");
    FAILS(bailiwick_ledger_record(ledger, policy, TEXT("\xff"), NULL, 0, INSIDE, region("US"), NOON, &seq, &error), BAILIWICK_INVALID, "UTF-8");
    FAILS(bailiwick_ledger_record(ledger, policy, TEXT("a"), NULL, 0, NULL, region("US"), NOON, &seq, &error), BAILIWICK_INVALID, "`address`");
    FAILS(bailiwick_ledger_record(NULL, policy, QUESTION, NOON, &seq, &error), BAILIWICK_INVALID, "`ledger`");
    CHECK(seq == 1);
    WORKS(bailiwick_ledger_sync(ledger, &error));
    FAILS(bailiwick_ledger_sync(NULL, &error), BAILIWICK_INVALID, "`ledger`");
    FAILS(bailiwick_ledger_rotate(ledger, NULL, &error), BAILIWICK_INVALID, "`path`");
    FAILS(bailiwick_ledger_rotate(NULL, "next.jsonl", &error), BAILIWICK_INVALID, "`ledger`");
    FAILS(bailiwick_ledger_rotate(ledger, "letter.txt", &error), BAILIWICK_INVALID, "letter.txt");
    WORKS(bailiwick_ledger_rotate(ledger, "ledger-%p.jsonl", &error));
    char name[64];
    snprintf(name, sizeof name, "ledger-%ld.jsonl", (long)getpid());
    /* A header and two records and a seal; a header. */
    CHECK(lines_of("ledger.jsonl") == 4 && lines_of(name) == 1);

    CHECK(in_child(child, ledger, policy) == 0);
    CHECK(lines_of(name) == 1);
    WORKS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, &error));
    CHECK(seq == 5 && lines_of(name) == 2);
    bailiwick_ledger_free(ledger);
    bailiwick_ledger_free(NULL);

    /* It goes on where it ended. */
    WORKS(bailiwick_ledger_open(name, key, 32, &ledger, &error));
    WORKS(bailiwick_ledger_record(ledger, policy, QUESTION, NOON, &seq, &error));
    CHECK(seq == 6);
    bailiwick_ledger_free(ledger);
    memset(key, 1, sizeof key);
    FAILS(bailiwick_ledger_open(name, key, 32, &ledger, &error), BAILIWICK_INVALID, "another key");
    missing_decisions_are_counted_and_lines_are_covered(policy);
    bailiwick_policy_free(policy);
    return finish("ledger");
}
