/* Runs a script once for each allocation of Lua that can fail, and fails that one and all after it: Lua collects garbage, and tries
 * again. Built and run by ../test with the address sanitizer,
 * which tells what leaks, and what is used after it was freed. */

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int luaopen_bailiwick(lua_State *L);

/* More allocations than the script has, so that a loop without an end is told. */
enum { MOST = 20000 };

static const char SCRIPT[] =
    "local bailiwick = require 'bailiwick'\n"
    "local policy = assert(bailiwick.open { orders = 'orders.toml', geo = { 'provider=range:geo.csv' }, requirements = 'approvals = 0' })\n"
    "local question = { meeting = 'vigil', address = '203.0.113.7', host = 'US', account = 'host-17' }\n"
    "local kind, decision = policy:decide(question)\n"
    "assert(kind == 'block-participant' and decision:orders()[1] == 'cn-1' and not decision:admits())\n"
    "assert(#decision:notice('en') > 0 and decision:domestic() == nil)\n"
    "assert(policy:explain(question))\n"
    "question.participants = { a = '203.0.113.7', b = '198.51.100.7', c = '' }\n"
    "local removed, unread = policy:sweep(question)\n"
    "assert(removed.a and not removed.b and unread == 1)\n"
    "assert(policy:reload() and policy:digest() and policy:warnings())\n"
    "assert(decision:orders()[1] == 'cn-1')\n"
    "local ledger = assert(bailiwick.ledger('ledger.jsonl', ('k'):rep(32)))\n"
    "assert(ledger:record(policy, question) and ledger:unrecorded(10) and ledger:pad() and ledger:public_head() and ledger:sync())\n"
    "assert(not bailiwick.open { orders = 'absent.toml' })\n";

struct budget {
    /* The first allocation that fails, counted from 1; 0 for none. */
    long fails, count;
};

static void *allocate(void *data, void *block, size_t old, size_t size) {
    struct budget *budget = data;
    if (size == 0) {
        free(block);
        return NULL;
    }
    /* Lua relies on it that a block can become smaller. */
    if (budget->fails != 0 && (block == NULL || size > old) && ++budget->count >= budget->fails) {
        return NULL;
    }
    return realloc(block, size);
}

static void preload(lua_State *L) {
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, luaopen_bailiwick);
    lua_setfield(L, -2, "bailiwick");
    lua_pop(L, 2);
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Runs the script, whose allocations fail from the n-th. Returns whether it came to its end. */
static int run(long n) {
    struct budget budget = {0, 0};
    lua_State *L = lua_newstate(allocate, &budget);
    int ended;
    if (L == NULL) {
        fputs("no state\n", stderr);
        exit(1);
    }
    luaL_openlibs(L);
    preload(L);
    remove("ledger.jsonl");
    if (luaL_loadstring(L, SCRIPT) != 0) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        exit(1);
    }
    budget.fails = n;
    ended = lua_pcall(L, 0, 0, 0) == 0;
    budget.fails = 0;
    /* Full memory is the only failure of the script. */
    if (!ended && (lua_tostring(L, -1) == NULL || strstr(lua_tostring(L, -1), "memory") == NULL)) {
        fprintf(stderr, "allocation %ld: %s\n", n, lua_tostring(L, -1));
        exit(1);
    }
    lua_close(L);
    return ended;
}

int main(void) {
    long n = 1;
    write_file("geo.csv", "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,US\n");
    write_file("orders.toml", "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [\"vigil\"]\n");
    while (n < MOST && !run(n)) {
        n++;
    }
    if (n == MOST) {
        fputs("the script has no end\n", stderr);
        return 1;
    }
    printf("memory: %ld allocations failed, each with all after it\n", n - 1);
    return 0;
}
