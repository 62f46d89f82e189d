/* Threads that decide and record while orders are reloaded, and children that are forked meanwhile. */

#include "check.h"

#include <pthread.h>
#include <sys/wait.h>

enum { READERS = 3, DECISIONS = 3000, RELOADS = 200, RECORDERS = 3, RECORDS = 60, CHILDREN = 8 };

/* Each policy has one order, which names both meetings: who sees it in one sees it in the other. */
static const char *ORDERS_OF[2] = {ORDER("cn-1", "\"a\", \"b\""), ORDER("cn-2", "\"a\", \"b\"")};

static const bailiwick_live *live;
static bailiwick_policy *kept;
static bailiwick_ledger *ledger;
static uint64_t seqs[RECORDERS][RECORDS];

static void decide_once(void) {
    bailiwick_policy *policy = bailiwick_live_load(live);
    bailiwick_decision decisions[2];
    bailiwick_str ids[2] = {{"", 0}, {"", 0}};
    for (int n = 0; n < 2; n++) {
        bailiwick_decide(policy, n ? "b" : "a", 1, NULL, 0, INSIDE, region("US"), &decisions[n]);
        CHECK(decisions[n].kind == BAILIWICK_BLOCK_PARTICIPANT && bailiwick_decision_orders(&decisions[n], &ids[n], 1) == 1);
    }
    CHECK(ids[0].len == 4 && ids[0].len == ids[1].len && memcmp(ids[0].ptr, ids[1].ptr, 4) == 0);
    bailiwick_policy_free(policy);
}

static void *reader(void *unused) {
    for (int n = 0; n < DECISIONS; n++) decide_once();
    return unused;
}

static void *writer(void *unused) {
    for (int n = 0; n < RELOADS; n++) {
        /* Each blocks the people whom the other blocks, so neither is wider. */
        WORKS(bailiwick_live_reopen(live, n % 2 ? "one.toml" : "two.toml", 1, &error));
        CHECK(bailiwick_live_reopen(live, "bad.toml", 1, NULL) == BAILIWICK_INVALID);
    }
    return unused;
}

static void *recorder(void *given) {
    uint64_t *seq = given;
    for (int n = 0; n < RECORDS; n++) {
        WORKS(bailiwick_ledger_record(ledger, kept, TEXT("a"), NULL, 0, INSIDE, region("US"), NOON, &seq[n], &error));
    }
    return NULL;
}

/* Other threads may have held any lock when the child was made. */
static void child(void) {
    failures = 0;
    for (int n = 0; n < 100; n++) {
        CHECK(decides(kept, "a", INSIDE) == BAILIWICK_BLOCK_PARTICIPANT);
        CHECK(decides(kept, "other", INSIDE) == BAILIWICK_ALLOW);
    }
    CHECK(bailiwick_ledger_record(ledger, kept, TEXT("a"), NULL, 0, INSIDE, region("US"), NOON, NULL, NULL) == BAILIWICK_INVALID);
    end_child();
}

int main(void) {
    write_file("one.toml", ORDERS_OF[0]);
    write_file("two.toml", ORDERS_OF[1]);
    write_file("bad.toml", "[[orders]]\n");
    bailiwick_atlas *atlas = atlas_of(GEO);
    kept = policy_of(ORDERS_OF[0], atlas);
    bailiwick_live *own = bailiwick_live_new(policy_of(ORDERS_OF[0], atlas));
    live = own;
    bailiwick_atlas_free(atlas);
    uint8_t key[32];
    memset(key, 3, sizeof key);
    unlink("threads.jsonl");
    WORKS(bailiwick_ledger_open("threads.jsonl", key, sizeof key, &ledger, &error));

    pthread_t threads[READERS + RECORDERS + 1];
    int started = 0;
    for (int n = 0; n < READERS; n++) CHECK(pthread_create(&threads[started++], NULL, reader, NULL) == 0);
    for (int n = 0; n < RECORDERS; n++) CHECK(pthread_create(&threads[started++], NULL, recorder, seqs[n]) == 0);
    CHECK(pthread_create(&threads[started++], NULL, writer, NULL) == 0);
    for (int n = 0; n < CHILDREN; n++) {
        pid_t pid = fork();
        if (pid == 0) child();
        int status = -1;
        CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (int n = 0; n < started; n++) CHECK(pthread_join(threads[n], NULL) == 0);

    /* Every line has one number, and each was given once. */
    char seen[RECORDERS * RECORDS + 1] = {0};
    for (int n = 0; n < RECORDERS; n++) {
        for (int at = 0; at < RECORDS; at++) {
            uint64_t seq = seqs[n][at];
            CHECK(seq >= 1 && seq <= RECORDERS * RECORDS && !seen[seq]);
            if (seq <= RECORDERS * RECORDS) seen[seq] = 1;
        }
    }
    WORKS(bailiwick_ledger_sync(ledger, &error));
    bailiwick_ledger_free(ledger);
    bailiwick_policy_free(kept);
    bailiwick_live_free(own);
    return finish("threads");
}
