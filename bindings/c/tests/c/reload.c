/* Puts policies in force: what is taken, what is refused, and what stays. */

#include "check.h"

static const char NARROW[] = ORDER("cn-1", "\"vigil\"");
static const char WIDE[] = ORDER("cn-1", "\"vigil\", \"lecture\"");
static const char OTHER[] = ORDER("cn-1", "\"vigil\"") ORDER("cn-9", "\"lecture\"");
static const char ENDED[] = ORDER("cn-1", "\"vigil\"") "[end]\norders = 1\n";
static const char NO_ORDERS[] = "fenced = [\"CN\"]\n";
static const char NO_ORDERS_ENDED[] = "[end]\norders = 0\n";

static const uint8_t NEWLY_PLACED[16] = V4(192, 0, 2, 7);

/* What the policy in force says about two meetings. */
static void in_force(const bailiwick_live *live, const uint8_t address[16], int vigil, int lecture, int line) {
    bailiwick_policy *policy = bailiwick_live_load(live);
    check(decides(policy, "vigil", address) == vigil, "in line", line, "vigil");
    check(decides(policy, "lecture", address) == lecture, "in line", line, "lecture");
    bailiwick_policy_free(policy);
}
#define IN_FORCE(address, vigil, lecture) in_force(live, (address), (vigil), (lecture), __LINE__)
enum { ALLOW = BAILIWICK_ALLOW, BLOCK = BAILIWICK_BLOCK_PARTICIPANT };

/* The digest of orders, as a policy has it. */
static void digest_of(const char *orders, const bailiwick_atlas *atlas, char digest[72]) {
    bailiwick_policy *policy = policy_of(orders, atlas);
    CHECK(bailiwick_policy_digest(policy, digest, 72) == 71);
    bailiwick_policy_free(policy);
}

/* Writes what `bailiwick diff OLD NEW --acknowledge` writes. */
static void acknowledge(const char *path, const char *old, const char *new, const bailiwick_atlas *atlas) {
    char digests[2][72], text[256];
    digest_of(old, atlas, digests[0]);
    digest_of(new, atlas, digests[1]);
    snprintf(text, sizeof text, "bailiwick acknowledgement 1\nold %s\nnew %s\n", digests[0], digests[1]);
    write_file(path, text);
}

static void nothing_to_work_with(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(NARROW, atlas));
    CHECK(bailiwick_live_new(NULL) == NULL && bailiwick_live_load(NULL) == NULL);
    bailiwick_live_free(NULL);
    write_file("narrow.toml", NARROW);
    write_file("bad.toml", "[[orders]]\nid = \"gb-1\"\nissuer = \"UK\"\nstatus = \"in-force\"\nmeetings = [\"m\"]\n");
    FAILS(bailiwick_live_replace(live, NULL, 0, &error), BAILIWICK_INVALID, "`policy`");
    FAILS(bailiwick_live_replace(NULL, NULL, 0, &error), BAILIWICK_INVALID, "`policy`");
    /* The policy is taken: valgrind finds it otherwise. */
    FAILS(bailiwick_live_replace(NULL, policy_of(NARROW, atlas), 0, &error), BAILIWICK_INVALID, "`live`");
    FAILS(bailiwick_live_reopen(NULL, "narrow.toml", 0, &error), BAILIWICK_INVALID, "`live`");
    for (int unless_wider = 0; unless_wider < 2; unless_wider++) {
        FAILS(bailiwick_live_reopen(live, NULL, unless_wider, &error), BAILIWICK_INVALID, "`path`");
        FAILS(bailiwick_live_reopen(live, "missing.toml", unless_wider, &error), BAILIWICK_IO, "missing.toml");
        FAILS(bailiwick_live_reopen(live, "bad.toml", unless_wider, &error), BAILIWICK_INVALID, "bad.toml:3:10");
        CHECK(bailiwick_live_reopen(live, "bad.toml", unless_wider, NULL) == BAILIWICK_INVALID);
    }
    IN_FORCE(INSIDE, BLOCK, ALLOW);
    bailiwick_live_free(live);
}

static void orders_that_widen_are_refused(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(NARROW, atlas));
    write_file("wide.toml", WIDE);
    write_file("other.toml", OTHER);
    unlink("wide.toml.acknowledged");
    unlink("other.toml.acknowledged");
    FAILS(bailiwick_live_reopen(live, "wide.toml", 1, &error), BAILIWICK_WIDER, "`cn-1`");
    FAILS(bailiwick_live_reopen(live, "other.toml", 1, &error), BAILIWICK_WIDER, "--acknowledge");
    FAILS(bailiwick_live_replace(live, policy_of(WIDE, atlas), 1, &error), BAILIWICK_WIDER, "`unless_wider` 0");
    CHECK(bailiwick_live_replace(live, policy_of(WIDE, atlas), 1, NULL) == BAILIWICK_WIDER);
    IN_FORCE(INSIDE, BLOCK, ALLOW);
    WORKS(bailiwick_live_replace(live, policy_of(WIDE, atlas), 0, &error));
    IN_FORCE(INSIDE, BLOCK, BLOCK);
    /* What narrows is taken, and so is what blocks the same people by another order. */
    WORKS(bailiwick_live_reopen(live, "other.toml", 1, &error));
    IN_FORCE(INSIDE, BLOCK, BLOCK);
    WORKS(bailiwick_live_replace(live, policy_of(NARROW, atlas), 1, &error));
    IN_FORCE(INSIDE, BLOCK, ALLOW);
    WORKS(bailiwick_live_reopen(live, "wide.toml", 0, &error));
    IN_FORCE(INSIDE, BLOCK, BLOCK);
    bailiwick_live_free(live);
}

static void a_change_is_acknowledged_by_the_file_beside_the_orders(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(NARROW, atlas));
    write_file("wide.toml", WIDE);
    /* One about other orders, one that goes back, and ones that are not whole. */
    acknowledge("wide.toml.acknowledged", NARROW, OTHER, atlas);
    FAILS(bailiwick_live_reopen(live, "wide.toml", 1, &error), BAILIWICK_WIDER, "other orders");
    acknowledge("wide.toml.acknowledged", WIDE, NARROW, atlas);
    FAILS(bailiwick_live_reopen(live, "wide.toml", 1, &error), BAILIWICK_WIDER, "other orders");
    write_file("wide.toml.acknowledged", "");
    FAILS(bailiwick_live_reopen(live, "wide.toml", 1, &error), BAILIWICK_WIDER, "wide.toml.acknowledged");
    char *large = malloc(1 << 20);
    memset(large, 'a', (1 << 20) - 1);
    large[(1 << 20) - 1] = 0;
    write_file("wide.toml.acknowledged", large);
    free(large);
    FAILS(bailiwick_live_reopen(live, "wide.toml", 1, &error), BAILIWICK_WIDER, "not an acknowledgement");
    IN_FORCE(INSIDE, BLOCK, ALLOW);

    acknowledge("wide.toml.acknowledged", NARROW, WIDE, atlas);
    WORKS(bailiwick_live_reopen(live, "wide.toml", 1, &error));
    IN_FORCE(INSIDE, BLOCK, BLOCK);

    /* A policy knows the file that it was opened from. */
    WORKS(bailiwick_live_replace(live, policy_of(NARROW, atlas), 1, &error));
    FAILS(bailiwick_live_replace(live, policy_of(WIDE, atlas), 1, &error), BAILIWICK_WIDER, "`cn-1`");
    bailiwick_policy *policy = NULL;
    WORKS(bailiwick_policy_open("wide.toml", atlas, &policy, &error));
    WORKS(bailiwick_live_replace(live, policy, 1, &error));
    IN_FORCE(INSIDE, BLOCK, BLOCK);
    bailiwick_live_free(live);
    unlink("wide.toml.acknowledged");
}

static void a_new_atlas_alone_is_taken(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(NARROW, atlas));
    bailiwick_atlas *more = atlas_of(MORE_GEO), *nowhere = NULL;
    IN_FORCE(NEWLY_PLACED, BAILIWICK_KEEP_MEETING, ALLOW);
    /* Orders that widen are refused, whatever the new atlas locates. */
    FAILS(bailiwick_live_replace(live, policy_of(WIDE, more), 1, &error), BAILIWICK_WIDER, "`cn-1`");
    WORKS(bailiwick_atlas_open(NULL, 0, 1, &nowhere, &error));
    FAILS(bailiwick_live_replace(live, policy_of(WIDE, nowhere), 1, &error), BAILIWICK_WIDER, "`cn-1`");
    WORKS(bailiwick_live_replace(live, policy_of(NARROW, more), 1, &error));
    IN_FORCE(NEWLY_PLACED, BLOCK, ALLOW);
    bailiwick_atlas_free(nowhere);
    bailiwick_atlas_free(more);
    bailiwick_live_free(live);
}

static void orders_that_may_be_cut_off_are_refused(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(ENDED, atlas));
    write_file("narrow.toml", NARROW);
    write_file("none.toml", NO_ORDERS);
    write_file("none-ended.toml", NO_ORDERS_ENDED);
    for (int unless_wider = 0; unless_wider < 2; unless_wider++) {
        FAILS(bailiwick_live_replace(live, policy_of(NARROW, atlas), unless_wider, &error), BAILIWICK_INVALID, "end mark");
        FAILS(bailiwick_live_reopen(live, "narrow.toml", unless_wider, &error), BAILIWICK_INVALID, "end mark");
        FAILS(bailiwick_live_reopen(live, "none.toml", unless_wider, &error), BAILIWICK_INVALID, "end mark");
        IN_FORCE(INSIDE, BLOCK, ALLOW);
    }
    WORKS(bailiwick_live_reopen(live, "none-ended.toml", 1, &error));
    IN_FORCE(INSIDE, ALLOW, ALLOW);
    bailiwick_live_free(live);

    live = bailiwick_live_new(policy_of(NARROW, atlas));
    FAILS(bailiwick_live_reopen(live, "none.toml", 0, &error), BAILIWICK_INVALID, "orders");
    IN_FORCE(INSIDE, BLOCK, ALLOW);
    bailiwick_live_free(live);
}

static void requirements_stay(const bailiwick_atlas *atlas) {
    static const char APPROVED[] = ORDER("cn-1", "\"vigil\"") "approved_by = [\"a\", \"b\"]\n";
    bailiwick_policy *policy = NULL;
    write_file("approved.toml", APPROVED);
    write_file("narrow.toml", NARROW);
    WORKS(bailiwick_policy_open_with("approved.toml", atlas, TEXT("approvals = 2"), &policy, &error));
    bailiwick_live *live = bailiwick_live_new(policy);
    FAILS(bailiwick_live_reopen(live, "narrow.toml", 0, &error), BAILIWICK_INVALID, "approved_by");
    WORKS(bailiwick_live_reopen(live, "approved.toml", 1, &error));
    bailiwick_live_free(live);
}

static void a_loaded_policy_outlives_its_replacement(const bailiwick_atlas *atlas) {
    bailiwick_live *live = bailiwick_live_new(policy_of(NARROW, atlas));
    bailiwick_policy *loaded = bailiwick_live_load(live);
    bailiwick_decision decision;
    bailiwick_str id;
    bailiwick_decide(loaded, TEXT("vigil"), NULL, 0, INSIDE, region("US"), &decision);
    WORKS(bailiwick_live_replace(live, policy_of(OTHER, atlas), 0, &error));
    bailiwick_live_free(live);
    CHECK(bailiwick_decision_orders(&decision, &id, 1) == 1 && equals(id, "cn-1"));
    CHECK(decides(loaded, "lecture", INSIDE) == ALLOW);
    /* It can be put in force again. */
    live = bailiwick_live_new(loaded);
    IN_FORCE(INSIDE, BLOCK, ALLOW);
    bailiwick_live_free(live);
}

int main(void) {
    bailiwick_atlas *atlas = atlas_of(GEO);
    nothing_to_work_with(atlas);
    orders_that_widen_are_refused(atlas);
    a_change_is_acknowledged_by_the_file_beside_the_orders(atlas);
    a_new_atlas_alone_is_taken(atlas);
    orders_that_may_be_cut_off_are_refused(atlas);
    requirements_stay(atlas);
    a_loaded_policy_outlives_its_replacement(atlas);
    bailiwick_atlas_free(atlas);
    return finish("reload");
}
