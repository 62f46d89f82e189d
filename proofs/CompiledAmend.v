(** Amending the compiled policy: rules are kept, replaced and added by id, numbers move, and it decides as the amended docket does. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsDecision Change Compiled.
From Bailiwick.Algorithms Require Import Names Amend.
Import ListNotations.
Open Scope nat_scope.

Definition is_one_of (ids : list string) (i : string) : bool := existsb (String.eqb i) ids.

(** The number of the rule of an id. *)
Fixpoint number_of (i : string) (rs : list rule) : option nat :=
  match rs with
  | [] => None
  | r :: rest => if String.eqb (rule_id r) i then Some O else option_map S (number_of i rest)
  end.

(** The number that a rule which is kept has in the new list; none of one that is replaced. *)
Definition moved (replaced : list string) (old new : list rule) (n : nat) : option nat :=
  match nth_error old n with
  | Some r => if is_one_of replaced (rule_id r) then None else number_of (rule_id r) new
  | None => None
  end.

Definition moved_all (f : nat -> option nat) (numbers : list nat) : list nat :=
  flat_map (fun n => match f n with Some m => [m] | None => [] end) numbers.

(** A table with all numbers moved: "with the orders renumbered, then some namings removed, then others added". *)
Definition renumbered (f : nat -> option nat) (t : table) : table :=
  map (fun b => (fst b, map (fun s => (fst s, moved_all f (snd s))) (snd b))) t.

Definition in_force_of (changes : list order) : list order := filter (fun o => is_in_force_status (order_status o)) changes.

Definition amended_rules gs (t : atlas) (changes : list order) (rs : list rule) : list rule :=
  fold_right (insert_by rule_id) (filter (fun r => negb (is_one_of (map id changes) (rule_id r))) rs)
    (map (compile_order gs t) (in_force_of changes)).

Definition new_namings (which : order -> list string) (rs : list rule) (changes : list order) : list naming :=
  flat_map (fun o => match number_of (id o) rs with Some n => map (fun name => (name, n)) (which o) | None => [] end)
    (in_force_of changes).

Definition amended_table (h : shape) (which : order -> list string) (old new : list rule) (changes : list order) (t : table) : table :=
  fold_right (add (hash h)) (renumbered (moved (map id changes) old new) t) (new_namings which new changes).

(** Only the changes are compiled. *)
Definition amend (h : shape) gs (p : policy) (changes : list order) : policy :=
  let rs := amended_rules gs (the_atlas p) changes (rules p) in
  Policy (the_atlas p) rs (amended_table h meetings (rules p) rs changes (by_meeting p))
    (amended_table h accounts (rules p) rs changes (by_account p)).

(** * Rules *)

Lemma is_one_of_iff is i : is_one_of is i = true <-> In i is.
Proof.
  unfold is_one_of. rewrite existsb_exists. split.
  - intros (x & I & E). apply String.eqb_eq in E. subst. exact I.
  - intros I. exists i. split; [exact I | apply String.eqb_refl].
Qed.

Lemma amended_rules_in gs t changes rs r :
  In r (amended_rules gs t changes rs) <->
  (exists o, In o changes /\ order_status o = InForce /\ r = compile_order gs t o)
  \/ (In r rs /\ ~ In (rule_id r) (map id changes)).
Proof.
  unfold amended_rules.
  assert (K : In r (filter (fun r => negb (is_one_of (map id changes) (rule_id r))) rs) <-> In r rs /\ ~ In (rule_id r) (map id changes)).
  { rewrite filter_In, negb_true_iff, <- not_true_iff_false, is_one_of_iff. reflexivity. }
  rewrite <- K. generalize (filter (fun r => negb (is_one_of (map id changes) (rule_id r))) rs) as kept. intros kept. clear K.
  induction changes as [|o changes IH]; simpl; [split; [auto | intros [(o & [] & _) | I]; exact I]|].
  destruct (order_status o) eqn:S; simpl; rewrite ?insert_by_in, IH; clear IH;
    try (split; [intros [(p & I & E) | I]; [left; exists p; auto | auto] |
                 intros [(p & [<- | I] & F & E) | I]; [congruence | left; eauto | auto]]).
  split.
  - intros [-> | [(p & I & E) | I]]; [left; exists o; auto | left; exists p; tauto | auto].
  - intros [(p & [<- | I] & F & E) | I]; [auto | right; left; eauto | auto].
Qed.

Lemma amended_rules_sorted gs t changes rs :
  NoDup (map id changes) -> StronglySorted less (map rule_id rs) ->
  StronglySorted less (map rule_id (amended_rules gs t changes rs)).
Proof.
  intros N S. unfold amended_rules.
  assert (K : forall r, In r (filter (fun r => negb (is_one_of (map id changes) (rule_id r))) rs) -> ~ In (rule_id r) (map id changes)).
  { intros r I. apply filter_In in I. destruct I as [_ I]. rewrite negb_true_iff, <- not_true_iff_false, is_one_of_iff in I. exact I. }
  assert (S' := filter_sorted (fun r => negb (is_one_of (map id changes) (rule_id r))) rs S).
  revert K S'. generalize (filter (fun r => negb (is_one_of (map id changes) (rule_id r))) rs) as kept. clear S rs. intros kept K S.
  induction changes as [|o changes IH]; simpl; [exact S|]. simpl in N. apply NoDup_cons_iff in N. destruct N as [O N].
  assert (K' : forall r, In r kept -> ~ In (rule_id r) (map id changes)).
  { intros r I J. apply (K r I). right. exact J. }
  destruct (is_in_force_status (order_status o)); simpl; [|apply IH; assumption].
  apply insert_by_sorted; [|apply IH; assumption]. simpl. intros I. apply in_map_iff in I. destruct I as (r & E & I).
  assert (J : In r kept \/ exists p, In p changes /\ r = compile_order gs t p).
  { clear -I. induction changes as [|p changes IH]; simpl in I; [auto|]. destruct (is_in_force_status (order_status p)); simpl in I.
    - apply insert_by_in in I. destruct I as [-> | I]; [right; exists p; simpl; auto|].
      destruct (IH I) as [J | (q & J & F)]; [auto | right; exists q; simpl; auto].
    - destruct (IH I) as [J | (q & J & F)]; [auto | right; exists q; simpl; auto]. }
  destruct J as [J | (p & J & ->)]; [apply (K r J); left; auto|]. apply O. rewrite <- E. apply (in_map id changes p J).
Qed.

(** * Numbers *)

Lemma number_of_is rs r n :
  StronglySorted less (map rule_id rs) -> In r rs -> (number_of (rule_id r) rs = Some n <-> nth_error rs n = Some r).
Proof.
  revert n. induction rs as [|s rs IH]; intros n S I; [destruct I|]. simpl in S. apply StronglySorted_inv in S. destruct S as [S F].
  rewrite Forall_forall in F. simpl.
  assert (other : forall q, In q rs -> rule_id s <> rule_id q).
  { intros q J E. specialize (F (rule_id q) (in_map _ _ _ J)). rewrite E in F. exact (less_irreflexive _ F). }
  destruct (String.eqb_spec (rule_id s) (rule_id r)) as [E | D].
  - destruct I as [<- | I]; [|destruct (other r I E)]. destruct n as [|n]; simpl; [tauto|]. split; [discriminate|].
    intros J. apply nth_error_In in J. destruct (other s J eq_refl).
  - destruct I as [<- | I]; [congruence|]. destruct n as [|n]; simpl.
    + split; [destruct (number_of (rule_id r) rs); discriminate | congruence].
    + rewrite <- (IH n S I). destruct (number_of (rule_id r) rs); simpl; split; congruence.
Qed.

Lemma number_of_some i rs n : number_of i rs = Some n -> exists r, nth_error rs n = Some r /\ rule_id r = i.
Proof.
  revert n. induction rs as [|s rs IH]; intros n; simpl; [discriminate|]. destruct (String.eqb_spec (rule_id s) i) as [E | _].
  - intros [= <-]. exists s. auto.
  - destruct (number_of i rs) as [m|] eqn:N; [|discriminate]. intros [= <-]. apply (IH m eq_refl).
Qed.

Lemma moved_all_in f numbers m : In m (moved_all f numbers) <-> exists n, In n numbers /\ f n = Some m.
Proof.
  unfold moved_all. rewrite in_flat_map. split; intros (n & I & E); exists n; (split; [exact I|]).
  - destruct (f n); [destruct E as [-> | []]; reflexivity | destruct E].
  - rewrite E. left. reflexivity.
Qed.

Lemma moved_all_sorted f numbers :
  (forall m n m' n', m < n -> f m = Some m' -> f n = Some n' -> m' < n') ->
  StronglySorted lt numbers -> StronglySorted lt (moved_all f numbers).
Proof.
  intros up. induction numbers as [|n numbers IH]; intros S; [constructor|]. apply StronglySorted_inv in S. destruct S as [S F].
  unfold moved_all. simpl. fold (moved_all f numbers). destruct (f n) as [m|] eqn:E; [|apply IH, S]. simpl.
  constructor; [apply IH, S|]. rewrite Forall_forall in *. intros k I. apply moved_all_in in I. destruct I as (j & I & J).
  apply (up n j); auto.
Qed.

Lemma moved_ascend replaced old new m n m' n' :
  StronglySorted less (map rule_id old) -> StronglySorted less (map rule_id new) ->
  m < n -> moved replaced old new m = Some m' -> moved replaced old new n = Some n' -> m' < n'.
Proof.
  intros O N L. unfold moved. destruct (nth_error old m) as [r|] eqn:R; [|discriminate].
  destruct (nth_error old n) as [s|] eqn:T; [|discriminate].
  destruct (is_one_of replaced (rule_id r)); [discriminate|]. destruct (is_one_of replaced (rule_id s)); [discriminate|].
  intros M P. apply number_of_some in M, P. destruct M as (r' & M & Er), P as (s' & P & Es).
  assert (less (rule_id r) (rule_id s)) as Q.
  { apply (nth_less (map rule_id old) m n); auto; rewrite nth_error_map, ?R, ?T; reflexivity. }
  destruct (Nat.lt_trichotomy m' n') as [G | [G | G]]; [exact G | |]; exfalso; apply (less_irreflexive (rule_id r)).
  - subst n'. assert (r' = s') by congruence. subst s'. rewrite <- Er at 2. rewrite Es. exact Q.
  - eapply less_transitive; [exact Q|]. rewrite <- Er, <- Es.
    apply (nth_less (map rule_id new) n' m'); auto; rewrite nth_error_map, ?M, ?P; reflexivity.
Qed.

(** * Tables *)

Lemma look_up_renumbered hash f t name : Names.look_up hash (renumbered f t) name = moved_all f (Names.look_up hash t name).
Proof.
  induction t as [|[k slots] rest IH]; [reflexivity|]. simpl. destruct (Nat.eqb k (hash name)); [|exact IH].
  induction slots as [|[n orders] slots IHs]; [reflexivity|]. simpl. destruct (String.eqb n name); [reflexivity | exact IHs].
Qed.

Lemma look_up_added hash es t name :
  StronglySorted lt (Names.look_up hash t name) ->
  StronglySorted lt (Names.look_up hash (fold_right (add hash) t es) name)
  /\ forall n, In n (Names.look_up hash (fold_right (add hash) t es) name) <-> In n (Names.look_up hash t name) \/ In (name, n) es.
Proof.
  intros T. induction es as [|[m k] es [S I]]; simpl; [split; [exact T | tauto]|]. rewrite look_up_add. simpl.
  destruct (String.eqb_spec m name) as [-> | D].
  - split; [apply insert_number_sorted, S|]. intros n. rewrite insert_number_in, I. split.
    + intros [-> | [J | J]]; auto.
    + intros [J | [[= ->] | J]]; auto.
  - split; [exact S|]. intros n. rewrite I. split; [tauto|]. intros [J | [[= E _] | J]]; auto. congruence.
Qed.

Lemma new_namings_in which rs changes name n :
  In (name, n) (new_namings which rs changes) <->
  exists o, In o changes /\ order_status o = InForce /\ number_of (id o) rs = Some n /\ In name (which o).
Proof.
  unfold new_namings, in_force_of. rewrite in_flat_map. split.
  - intros (o & I & J). apply filter_In in I. destruct I as [I F]. exists o. split; [exact I|].
    split; [destruct (order_status o); simpl in F; congruence|].
    destruct (number_of (id o) rs) as [k|]; [|destruct J]. apply in_map_iff in J. destruct J as (x & [= -> ->] & J). auto.
  - intros (o & I & F & E & J). exists o. split; [apply filter_In; rewrite F; auto|]. rewrite E. apply in_map_iff. eauto.
Qed.

Lemma amended_table_finds h gs t which os changes rs tab :
  let rs' := amended_rules gs t changes rs in
  NoDup (map id os) -> NoDup (map id changes) -> StronglySorted less (map rule_id rs) ->
  (forall r, In r rs <-> exists o, In o os /\ order_status o = InForce /\ r = compile_order gs t o) ->
  finds h tab which (compile_order gs t) rs os ->
  finds h (amended_table h which rs rs' changes tab) which (compile_order gs t) rs' (amended id os changes).
Proof.
  intros rs' D N S A T name. destruct (T name) as [Sn In'].
  assert (S' : StronglySorted less (map rule_id rs')) by (apply amended_rules_sorted; assumption).
  assert (M : StronglySorted lt (Names.look_up (hash h) (renumbered (moved (map id changes) rs rs') tab) name)).
  { rewrite look_up_renumbered. apply moved_all_sorted; [|exact Sn]. intros m n m' n' L E E'.
    apply (moved_ascend (map id changes) rs rs' m n); assumption. }
  destruct (look_up_added (hash h) (new_namings which rs' changes) _ name M) as [R I]. split; [exact R|].
  intros n. unfold amended_table. rewrite I, look_up_renumbered, moved_all_in, new_namings_in. clear I R M. split.
  - intros [(k & J & E) | (o & J & F & E & X)].
    + apply In' in J. destruct J as (o & J & F & K & X). unfold moved in E. rewrite K in E. cbn [compile_order rule_id] in E.
      destruct (is_one_of (map id changes) (id o)) eqn:U; [discriminate|]. rewrite <- not_true_iff_false, is_one_of_iff in U.
      exists o. split; [apply an_amended_docket_has_the_changes_and_the_rest; auto|]. split; [exact F|]. split; [|exact X].
      apply (number_of_is rs' (compile_order gs t o) n S'); [|exact E]. apply amended_rules_in. right. split; [|exact U].
      apply A. eauto.
    + exists o. split; [apply an_amended_docket_has_the_changes_and_the_rest; auto|]. split; [exact F|]. split; [|exact X].
      apply (number_of_is rs' (compile_order gs t o) n S'); [|exact E]. apply amended_rules_in. left. eauto.
  - intros (o & J & F & K & X). assert (G := nth_error_In _ _ K).
    apply (number_of_is rs' (compile_order gs t o) n S' G) in K. cbn [compile_order rule_id] in K.
    apply an_amended_docket_has_the_changes_and_the_rest in J; [|assumption ..]. destruct J as [J | [J U]]; [right; eauto|]. left.
    assert (B : In (compile_order gs t o) rs) by (apply A; eauto). apply In_nth_error in B. destruct B as (k & B). exists k.
    split; [apply In'; eauto|]. unfold moved. rewrite B. cbn [compile_order rule_id].
    destruct (is_one_of (map id changes) (id o)) eqn:V; [apply is_one_of_iff in V; contradiction | exact K].
Qed.

(** Amending a policy of some orders gives one of the amended orders. *)
Lemma amend_represents h gs t os p changes :
  NoDup (map id os) -> NoDup (map id changes) -> represents h gs t os p -> represents h gs t (amended id os changes) (amend h gs p changes).
Proof.
  intros D N [E S A M C]. unfold amend. rewrite E. constructor; cbn [the_atlas rules by_meeting by_account].
  - reflexivity.
  - apply amended_rules_sorted; assumption.
  - intros r. rewrite amended_rules_in. split.
    + intros [(o & I & F & ->) | [I U]].
      * exists o. split; [apply an_amended_docket_has_the_changes_and_the_rest; auto | auto].
      * apply A in I. destruct I as (o & I & F & ->). exists o. split; [apply an_amended_docket_has_the_changes_and_the_rest; auto | auto].
    + intros (o & I & F & ->). apply an_amended_docket_has_the_changes_and_the_rest in I; [|assumption ..].
      destruct I as [I | [I U]]; [left; eauto | right]. split; [apply A; eauto | exact U].
  - apply amended_table_finds; assumption.
  - apply amended_table_finds; assumption.
Qed.

Lemma amended_unique os changes : NoDup (map id os) -> NoDup (map id (amended id os changes)).
Proof.
  unfold amended. revert os. induction changes as [|c cs IH]; intros os D; [exact D|]. simpl. apply IH, put_unique, D.
Qed.

(** After any number of amendments the policy is that of the amended docket. *)
Lemma amended_is_policy_of h w history :
  let os := fold_left (amended id) history (orders (docket_of w)) in
  NoDup (map id (orders (docket_of w))) -> (forall changes, In changes history -> NoDup (map id changes)) ->
  is_policy_of h (rule_with w os) (fold_left (amend h (groups (docket_of w))) history (compile h w)).
Proof.
  intros os D N. unfold is_policy_of. simpl. assert (P := compile_is_policy_of h w D). unfold os, is_policy_of in *. clear os.
  revert P D. generalize (compile h w) as p, (orders (docket_of w)) as os.
  induction history as [|changes history IH]; intros p os P D; simpl; [exact P|]. apply IH.
  - intros cs I. apply N. right. exact I.
  - apply amend_represents; [exact D | apply N; left; reflexivity | exact P].
  - apply amended_unique, D.
Qed.

(** After any number of amendments, each of orders with ids of their own, the policy decides as the rule does about the orders that have
    then been replaced and added. *)
Theorem an_amended_policy_decides_as_the_amended_docket h w history q :
  let os := fold_left (amended id) history (orders (docket_of w)) in
  compiles w -> compiles (rule_with w os) -> (forall changes, In changes history -> NoDup (map id changes)) ->
  real (canonical (ip q)) ->
  decide_compiled h (fold_left (amend h (groups (docket_of w))) history (compile h w)) q = decide (rule_with w os) q.
Proof.
  intros os C C' N R. apply policy_decides; [exact C' | apply amended_is_policy_of; [apply C | exact N] | exact R].
Qed.
