/* Every function has the type that programs were written for: this does not compile otherwise. */

#include <bailiwick.h>

#define HAS(result, name, ...) result (*const name##_)(__VA_ARGS__) = name
#define NAME const char *, size_t
#define QUESTION NAME, NAME, const uint8_t[16], bailiwick_region
#define ERROR bailiwick_error **

HAS(uint32_t, bailiwick_abi_version, void);
HAS(const char *, bailiwick_version, void);
HAS(int, bailiwick_error_code, const bailiwick_error *);
HAS(bailiwick_str, bailiwick_error_message, const bailiwick_error *);
HAS(void, bailiwick_error_free, bailiwick_error *);
HAS(int, bailiwick_region_parse, NAME, bailiwick_region *);
HAS(int, bailiwick_atlas_open, const char *const *, size_t, size_t, bailiwick_atlas **, ERROR);
HAS(void, bailiwick_atlas_free, bailiwick_atlas *);
HAS(int, bailiwick_policy_open, const char *, const bailiwick_atlas *, bailiwick_policy **, ERROR);
HAS(int, bailiwick_policy_open_with, const char *, const bailiwick_atlas *, NAME, bailiwick_policy **, ERROR);
HAS(int, bailiwick_policy_parse, NAME, const bailiwick_atlas *, bailiwick_policy **, ERROR);
HAS(void, bailiwick_policy_free, bailiwick_policy *);
HAS(size_t, bailiwick_policy_warnings, const bailiwick_policy *, char *, size_t);
HAS(size_t, bailiwick_policy_digest, const bailiwick_policy *, char *, size_t);
HAS(void, bailiwick_decide, const bailiwick_policy *, QUESTION, bailiwick_decision *);
HAS(void, bailiwick_decide_at, const bailiwick_policy *, QUESTION, int64_t, bailiwick_decision *);
HAS(int, bailiwick_decide_sockaddr, const bailiwick_policy *, NAME, NAME, const struct sockaddr *, socklen_t, bailiwick_region,
    bailiwick_decision *);
HAS(size_t, bailiwick_decision_orders, const bailiwick_decision *, bailiwick_str *, size_t);
HAS(int, bailiwick_decision_domestic, const bailiwick_decision *, bailiwick_str *);
HAS(int, bailiwick_decision_unasked, const bailiwick_decision *);
HAS(size_t, bailiwick_decision_notice, const bailiwick_decision *, NAME, char *, size_t);
HAS(size_t, bailiwick_explain_json, const bailiwick_policy *, QUESTION, int64_t, char *, size_t);
HAS(bailiwick_live *, bailiwick_live_new, bailiwick_policy *);
HAS(bailiwick_policy *, bailiwick_live_load, const bailiwick_live *);
HAS(int, bailiwick_live_replace, const bailiwick_live *, bailiwick_policy *, int, ERROR);
HAS(int, bailiwick_live_reopen, const bailiwick_live *, const char *, int, ERROR);
HAS(void, bailiwick_live_free, bailiwick_live *);
HAS(int, bailiwick_ledger_open, const char *, const uint8_t *, size_t, bailiwick_ledger **, ERROR);
HAS(int, bailiwick_ledger_record, bailiwick_ledger *, const bailiwick_policy *, QUESTION, int64_t, uint64_t *, ERROR);
HAS(int, bailiwick_ledger_unrecorded, bailiwick_ledger *, uint64_t, uint64_t *, ERROR);
HAS(int, bailiwick_ledger_pad, bailiwick_ledger *, uint64_t *, ERROR);
HAS(size_t, bailiwick_ledger_public_head, const bailiwick_ledger *, char *, size_t);
HAS(int, bailiwick_ledger_sync, bailiwick_ledger *, ERROR);
HAS(int, bailiwick_ledger_rotate, bailiwick_ledger *, const char *, ERROR);
HAS(void, bailiwick_ledger_free, bailiwick_ledger *);

int main(void) { return 0; }
