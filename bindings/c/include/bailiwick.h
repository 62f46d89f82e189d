/* bailiwick: whether a government's order reaches this participant of this meeting.
 *
 * Made of bindings/c/src by cbindgen. How to use it: bindings/c/README.md.
 *
 * - A handle is freed once, by the function with its name that ends with _free, which takes NULL, too.
 * - Functions that make a handle set *out to it, or to NULL on error.
 * - `error` may be NULL. Otherwise *error is set: to NULL, or to an error, which the caller frees.
 * - Texts with a length need no zero at their end. Texts that are written end with one, and are cut between characters. As with snprintf,
 *   the length of the whole text is returned, without the zero; `out` may be NULL when `room` is 0.
 * - Where a policy cannot be asked, the participant is admitted. Nothing here ends a meeting or touches an account.
 */

#ifndef BAILIWICK_H
#define BAILIWICK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/socket.h>

/* Raised when programs that were compiled before cannot be run with the library any more. */
#define BAILIWICK_ABI_VERSION 1

/* What a decision says. */
enum {
  /* No order in force names the meeting or its host's account. The participant may join. */
  BAILIWICK_ALLOW = 0,
  /* An order in force reaches the participant: refuse this participant, and say why. The meeting goes on. */
  BAILIWICK_BLOCK_PARTICIPANT = 1,
  /* Orders in force name the meeting or the account, and none reaches the participant, who may join. */
  BAILIWICK_KEEP_MEETING = 2
};

/* What a call returns. */
enum {
  /* The call succeeded. */
  BAILIWICK_OK = 0,
  /* An argument, or the content of a file, is not valid. */
  BAILIWICK_INVALID = 1,
  /* A file cannot be read or written. */
  BAILIWICK_IO = 2,
  /* The new orders block somebody whom those in force admit, and nobody asked for that. */
  BAILIWICK_WIDER = 3,
  /* A defect of the library. Please report it. */
  BAILIWICK_INTERNAL = 4
};


/**
 * Where addresses are. Immutable: any thread may use it, and it may be freed while policies on it live on.
 */
typedef struct bailiwick_atlas bailiwick_atlas;

/**
 * Why a call failed.
 */
typedef struct bailiwick_error bailiwick_error;

/**
 * A ledger that is written. It locks itself: any thread of the process that opened it may use it.
 */
typedef struct bailiwick_ledger bailiwick_ledger;

/**
 * The policy in force, shared by threads. Readers never wait.
 */
typedef struct bailiwick_live bailiwick_live;

/**
 * Orders on an atlas, compiled. Immutable: any thread may ask it, and a child after `fork`.
 */
typedef struct bailiwick_policy bailiwick_policy;

/**
 * A text that belongs to the library: `len` bytes of UTF-8 at `ptr`, not zero-terminated. Valid as long as what it came from.
 */
typedef struct {
  /**
   * The first byte. Never NULL, also when `len` is 0.
   */
  const char *ptr;
  /**
   * The number of bytes.
   */
  size_t len;
} bailiwick_str;

/**
 * A region: its code as `bailiwick_region_parse` wrote it. All zero, or anything else: unknown.
 */
typedef struct {
  /**
   * The code in upper case, padded with zeros.
   */
  uint8_t code[8];
} bailiwick_region;

/**
 * A decision, in storage of the caller. It may be copied anywhere, and asked until its policy is freed. One that is all zero is
 * `BAILIWICK_ALLOW`.
 */
typedef struct {
  /**
   * `BAILIWICK_ALLOW`, `BAILIWICK_BLOCK_PARTICIPANT` or `BAILIWICK_KEEP_MEETING`.
   */
  uint8_t kind;
  /**
   * 1 when the participant may join, 0 when not.
   */
  uint8_t admits;
  /**
   * Zero.
   */
  uint8_t reserved[6];
  /**
   * For the library alone.
   */
  uint64_t opaque[14];
} bailiwick_decision;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the binary interface of the library that was loaded: `BAILIWICK_ABI_VERSION`, when the header belongs to
 * it.
 */
uint32_t bailiwick_abi_version(void);

/**
 * Returns the version of the library, such as `0.1.0`, zero-terminated. Not to be freed.
 */
const char *bailiwick_version(void);

/**
 * Returns the code of an error; `BAILIWICK_OK` for NULL.
 */
int bailiwick_error_code(const bailiwick_error *error);

/**
 * Returns the message of an error, one line or several. It belongs to the error. Empty for NULL.
 */
bailiwick_str bailiwick_error_message(const bailiwick_error *error);

/**
 * Frees an error. NULL is fine.
 */
void bailiwick_error_free(bailiwick_error *error);

/**
 * Parses the code of a region, such as `US` or `us-ca`, `len` bytes. Returns `BAILIWICK_OK`, or `BAILIWICK_INVALID` for a text
 * that is not one; then `*out` is unknown, as it is for `ZZ`. For the region of a host: once for each account, not for each join.
 */
int bailiwick_region_parse(const char *text,
                           size_t len,
                           bailiwick_region *out);

/**
 * Writes the ids of the orders behind a decision, ascending: those that reach a blocked participant; otherwise those in force that
 * name the meeting or its host's account. Writes the first `room` of them, and returns how many there are. Ids belong to the
 * policy.
 */
size_t bailiwick_decision_orders(const bailiwick_decision *decision,
                                 bailiwick_str *ids,
                                 size_t room);

/**
 * Returns 1 when an order in force of the host's own jurisdiction names the meeting or the account, and writes the smallest id of
 * such orders; 0 otherwise. Then your own people should look. Neither the library nor you do anything to the account.
 */
int bailiwick_decision_domestic(const bailiwick_decision *decision,
                                bailiwick_str *id);

/**
 * Returns 1 when the policy could not be asked, and the participant is admitted for that: there was no policy, the meeting was not
 * UTF-8, or the address could not be read. Count it and tell somebody. Returns 0 otherwise.
 */
int bailiwick_decision_unasked(const bailiwick_decision *decision);

/**
 * Writes the notice to a blocked participant, as `snprintf` writes, in the best of the languages that the orders have. `languages`
 * is a language tag (BCP 47) or a list such as HTTP's `Accept-Language`, `len` bytes, or NULL. Returns 0 when nobody is blocked.
 */
size_t bailiwick_decision_notice(const bailiwick_decision *decision,
                                 const char *languages,
                                 size_t len,
                                 char *out,
                                 size_t room);

/**
 * Compiles an atlas from geo files. Each of the `count` sources is a zero-terminated `[exclude:][NAME=][FORMAT:]FILE[,FILE...]`.
 * An address is located where at least `min_sources` of the sources place it, and those that place it agree; sources that exclude
 * do not count. Without sources nothing is located.
 */
int bailiwick_atlas_open(const char *const *sources,
                         size_t count,
                         size_t min_sources,
                         bailiwick_atlas **out,
                         bailiwick_error **error);

/**
 * Frees an atlas. NULL is fine.
 */
void bailiwick_atlas_free(bailiwick_atlas *atlas);

/**
 * Compiles the orders of a file, TOML or JSON, on an atlas.
 */
int bailiwick_policy_open(const char *path,
                          const bailiwick_atlas *atlas,
                          bailiwick_policy **out,
                          bailiwick_error **error);

/**
 * As `bailiwick_policy_open`, with requirements that orders in force and geo sources must meet: `len` bytes of TOML, such as
 * `approvals = 2`. NULL requires nothing. A policy that replaces this one by `bailiwick_live_reopen` must meet them, too.
 */
int bailiwick_policy_open_with(const char *path,
                               const bailiwick_atlas *atlas,
                               const char *requirements_toml,
                               size_t len,
                               bailiwick_policy **out,
                               bailiwick_error **error);

/**
 * Compiles orders in memory on an atlas: `len` bytes of TOML.
 */
int bailiwick_policy_parse(const char *toml,
                           size_t len,
                           const bailiwick_atlas *atlas,
                           bailiwick_policy **out,
                           bailiwick_error **error);

/**
 * Frees a policy. Decisions that it made must not be asked any more. NULL is fine.
 */
void bailiwick_policy_free(bailiwick_policy *policy);

/**
 * Writes the warnings of a policy, one a line, as `snprintf` writes: what is valid in its orders and geo sources, and may not be
 * meant. Returns 0 when there is none.
 */
size_t bailiwick_policy_warnings(const bailiwick_policy *policy,
                                 char *out,
                                 size_t room);

/**
 * Writes the digest of a policy's orders, `sha256:` and 64 digits, as `snprintf` writes. Returns 0 for NULL.
 */
size_t bailiwick_policy_digest(const bailiwick_policy *policy,
                               char *out,
                               size_t room);

/**
 * Decides about one participant of one meeting, now. The meeting and the account are bytes with their lengths; `account` is NULL
 * when there is none. `address` is 16 bytes in network order, IPv4 as `::ffff:a.b.c.d`: where the participant's signalling comes
 * from. `host` is where the host's account is at home. A policy that cannot be asked admits: see `bailiwick_decision_unasked`.
 * Allocates nothing and takes no lock, here and in all that is asked of a decision; any thread may call it, and a child after
 * `fork`.
 */
void bailiwick_decide(const bailiwick_policy *policy,
                      const char *meeting,
                      size_t meeting_len,
                      const char *account,
                      size_t account_len,
                      const uint8_t *address,
                      bailiwick_region host,
                      bailiwick_decision *out);

/**
 * As `bailiwick_decide`, at a time in nanoseconds since 1970-01-01T00:00:00Z.
 */
void bailiwick_decide_at(const bailiwick_policy *policy,
                         const char *meeting,
                         size_t meeting_len,
                         const char *account,
                         size_t account_len,
                         const uint8_t *address,
                         bailiwick_region host,
                         int64_t unix_nanoseconds,
                         bailiwick_decision *out);

/**
 * As `bailiwick_decide`, with the address of a socket, as `accept` and `getpeername` give it. Returns `BAILIWICK_OK`, or
 * `BAILIWICK_INVALID` when the family is neither IPv4 nor IPv6, or `address_len` is too short for it: then the participant is
 * admitted.
 */
int bailiwick_decide_sockaddr(const bailiwick_policy *policy,
                              const char *meeting,
                              size_t meeting_len,
                              const char *account,
                              size_t account_len,
                              const struct sockaddr *address,
                              socklen_t address_len,
                              bailiwick_region host,
                              bailiwick_decision *out);

/**
 * Writes why a decision falls as it does, as JSON (docs/json.md, `explain`) and as `snprintf` writes. Returns 0 when the policy
 * cannot be asked. The text names the meeting, and no address but the network that located it.
 */
size_t bailiwick_explain_json(const bailiwick_policy *policy,
                              const char *meeting,
                              size_t meeting_len,
                              const char *account,
                              size_t account_len,
                              const uint8_t *address,
                              bailiwick_region host,
                              int64_t unix_nanoseconds,
                              char *out,
                              size_t room);

/**
 * Puts a first policy in force, which is compared with none. Takes the policy, which must not be used or freed any more. Returns
 * NULL for NULL.
 */
bailiwick_live *bailiwick_live_new(bailiwick_policy *policy);

/**
 * Returns the policy of this moment, for a decision or a few: free it with `bailiwick_policy_free`. It stays as it is, and what it
 * shares with others is not copied. Returns NULL for NULL.
 */
bailiwick_policy *bailiwick_live_load(const bailiwick_live *live);

/**
 * Puts a policy in force. Takes the policy, also on error. On error what is in force stays.
 *
 * With `unless_wider` 1, orders that block somebody whom the orders in force admit are refused with `BAILIWICK_WIDER`, unless a
 * file beside the new ones acknowledges the change, as `bailiwick diff OLD NEW --acknowledge` writes it. Both are compared on the
 * atlas in force, so a new atlas alone is taken. Orders without an end mark never replace orders that have it.
 */
int bailiwick_live_replace(const bailiwick_live *live,
                           bailiwick_policy *policy,
                           int unless_wider,
                           bailiwick_error **error);

/**
 * Reads an orders file again and puts it in force, on the atlas and with the requirements of the policy in force. `unless_wider`
 * is as for `bailiwick_live_replace`. On error what is in force stays; so it does for a file without orders, unless that has an
 * end mark.
 */
int bailiwick_live_reopen(const bailiwick_live *live,
                          const char *path,
                          int unless_wider,
                          bailiwick_error **error);

/**
 * Frees it. Policies that were loaded from it live on. NULL is fine.
 */
void bailiwick_live_free(bailiwick_live *live);

/**
 * Opens a ledger's file, or begins one, verifies it and goes on at its end. `%p` in the path stands for the number of the process.
 * The key is `len` bytes, at least 32 and random; keep it apart from the ledger, and as long as that.
 */
int bailiwick_ledger_open(const char *path,
                          const uint8_t *key,
                          size_t len,
                          bailiwick_ledger **out,
                          bailiwick_error **error);

/**
 * Records a decision: what `bailiwick_decide_at` says to the same question. Writes the number of its line to `seq`, which may be
 * NULL. Refused in a child of the process that opened the ledger.
 */
int bailiwick_ledger_record(bailiwick_ledger *ledger,
                            const bailiwick_policy *policy,
                            const char *meeting,
                            size_t meeting_len,
                            const char *account,
                            size_t account_len,
                            const uint8_t *address,
                            bailiwick_region host,
                            int64_t unix_nanoseconds,
                            uint64_t *seq,
                            bailiwick_error **error);

/**
 * Records how many decisions were made and not recorded since the last such line: those that `bailiwick_ledger_record` refused, and
 * those that you could not give it. Writes the number of the line to `seq`, which may be NULL.
 *
 * A number from 1 to 9 is refused, as it is one of few people: count on until there are ten. 0 says that none is missing.
 */
int bailiwick_ledger_unrecorded(bailiwick_ledger *ledger,
                                uint64_t decisions,
                                uint64_t *seq,
                                bailiwick_error **error);

/**
 * Writes padding up to the next multiple of 256 lines, so that the public head covers every line that is there: at the end of a
 * period, or before a rotation. Writes how many lines that were to `lines`, which may be NULL: 0 when nothing was to be covered.
 */
int bailiwick_ledger_pad(bailiwick_ledger *ledger,
                         uint64_t *lines,
                         bailiwick_error **error);

/**
 * Writes the public head, the number and the digest of the last line at a multiple of 256 lines, as `255:sha256:` and 64 digits, and
 * as `snprintf` writes. Publish it at fixed times: it does not tell how many decisions there are. Returns 0 when there is none yet, or
 * none since the ledger was opened, in a child of the process that opened it, and for NULL.
 */
size_t bailiwick_ledger_public_head(const bailiwick_ledger *ledger,
                                    char *out,
                                    size_t room);

/**
 * Waits until all that was recorded is on the disk.
 */
int bailiwick_ledger_sync(bailiwick_ledger *ledger,
                          bailiwick_error **error);

/**
 * Seals the file and goes on in a new one. `%p` in the path stands for the number of the process.
 */
int bailiwick_ledger_rotate(bailiwick_ledger *ledger,
                            const char *path,
                            bailiwick_error **error);

/**
 * Closes a ledger. What was not synced may be lost with the machine, not with the process. NULL is fine.
 */
void bailiwick_ledger_free(bailiwick_ledger *ledger);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BAILIWICK_H */
