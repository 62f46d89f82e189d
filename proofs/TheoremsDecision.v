(** Theorems about the decision, wherever the address is. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision.
Import ListNotations.
Open Scope Z_scope.

(** A docket with other orders. *)
Definition with_orders (d : docket) (os : list order) : docket :=
  {| groups := groups d; orders := os; fenced := fenced d |}.

(** A world with other orders. *)
Definition rule_with (w : world) (os : list order) : world :=
  {| docket_of := with_orders (docket_of w) os; min_sources := min_sources w; sources := sources w |}.

Theorem no_order_means_allow w q :
  kind_of (decide w q) = Allow <->
  (forall o, In o (orders (docket_of w)) -> in_force o (at_time q) = true -> names o q = false).
Proof.
  unfold decide. rewrite allow_iff_unnamed. split.
  - intros none o I F. apply not_true_iff_false. intros N.
    assert (M : In o (named (docket_of w) q)) by (apply named_in; auto). rewrite none in M. destruct M.
  - intros none. destruct (named (docket_of w) q) as [|o rest] eqn:E; auto.
    assert (M : In o (named (docket_of w) q)) by (rewrite E; left; auto). apply named_in in M.
    destruct M as (I & F & N). rewrite (none o I F) in N. discriminate.
Qed.

(** Each order that a block gives is in force, names the meeting or the account, and its issuer covers the place of the address. *)
Theorem block_needs_jurisdiction w q :
  is_blocked w q ->
  given (decide w q) <> []
  /\ forall i, In i (given (decide w q)) ->
     exists o r, In o (orders (docket_of w)) /\ id o = i /\ in_force o (at_time q) = true /\ names o q = true
                 /\ location_of w (ip q) = Located r /\ issuer_covers (groups (docket_of w)) o r = true.
Proof.
  intros B. unfold decide. rewrite (blocked_gives_reaching _ _ _ B). split.
  - apply blocked_iff_reached in B. destruct B as (o & R). apply reaching_in in R. intros E.
    assert (I : In (id o) (ids (reaching (docket_of w) (location_of w (ip q)) q))) by (apply ids_in; eauto).
    rewrite E in I. destruct I.
  - intros i I. apply ids_in in I. destruct I as (o & R & E). apply reaching_in in R.
    destruct R as (I & F & N & R). apply reaches_iff in R. destruct R as (r & L & C & _). exists o, r. repeat split; auto.
Qed.

(** However widely an order is worded: outside its issuer's jurisdiction, and where there is no location, it changes no block. *)
Theorem foreign_order_never_reaches_outside w before o after q :
  (forall r, location_of w (ip q) = Located r -> issuer_covers (groups (docket_of w)) o r = false) ->
  (is_blocked (rule_with w (before ++ o :: after)) q <-> is_blocked (rule_with w (before ++ after)) q)
  /\ (is_blocked (rule_with w (before ++ after)) q ->
      given (decide (rule_with w (before ++ o :: after)) q) = given (decide (rule_with w (before ++ after)) q)).
Proof.
  intros outside.
  assert (no_reach : reaches (groups (docket_of w)) o (location_of w (ip q)) (ip q) = false).
  { apply not_true_iff_false. rewrite reaches_iff. intros (r & L & C & _). rewrite (outside r L) in C. discriminate. }
  assert (same : forall x, In x (reaching (with_orders (docket_of w) (before ++ o :: after)) (location_of w (ip q)) q)
                       <-> In x (reaching (with_orders (docket_of w) (before ++ after)) (location_of w (ip q)) q)).
  { intros x. rewrite !reaching_in. simpl. rewrite !in_app_iff. simpl. split; [|intuition].
    intros ([I | [<- | I]] & F & N & R); auto. congruence. }
  assert (blocks : is_blocked (rule_with w (before ++ o :: after)) q <-> is_blocked (rule_with w (before ++ after)) q).
  { unfold is_blocked, decide, location_of; simpl; rewrite !blocked_iff_reached. fold (location_of w (ip q)).
    split; intros (x & R); exists x; apply reaching_in, same, reaching_in, R. }
  split; [exact blocks|]. intros B. assert (B' := proj2 blocks B). unfold is_blocked, decide in *.
  rewrite !blocked_gives_reaching by assumption. apply ascending_same. intros i. rewrite !in_map_iff.
  split; intros (x & E & I); exists x; split; auto; apply same; exact I.
Qed.

Theorem unlocated_is_never_blocked w q : location_of w (ip q) = Unlocated -> ~ is_blocked w q.
Proof.
  intros L B. apply blocked_iff_reached in B. destruct B as (o & _ & _ & _ & R). rewrite L in R. discriminate.
Qed.

Theorem contested_is_never_blocked w q : location_of w (ip q) = Contested -> ~ is_blocked w q.
Proof.
  intros L B. apply blocked_iff_reached in B. destruct B as (o & _ & _ & _ & R). rewrite L in R. discriminate.
Qed.

(** The standing of the host account is the same with and without a foreign order. *)
Theorem foreign_order_never_affects_host w before o after q :
  issuer_covers (groups (docket_of w)) o (home q) = false ->
  domestic (decide (rule_with w (before ++ o :: after)) q) = domestic (decide (rule_with w (before ++ after)) q).
Proof.
  intros foreign. unfold decide. rewrite !domestic_of. f_equal. apply ascending_same. intros i. rewrite !in_map_iff.
  split; intros (x & E & I); exists x; split; auto; revert I; rewrite !domestics_in; simpl; rewrite !in_app_iff; simpl.
  - intros ([I | [<- | I]] & F & N & C); auto. congruence.
  - intuition.
Qed.

(** The host account is under the domestic order with the smallest id, and under none only if there is none. *)
Theorem host_is_under_the_smallest_domestic_order w q i :
  domestic (decide w q) = Some i <->
  (exists o, In o (domestics (docket_of w) q) /\ id o = i)
  /\ (forall o, In o (domestics (docket_of w) q) -> id o = i \/ less i (id o)).
Proof.
  unfold decide. rewrite domestic_of. unfold ids. rewrite ascending_head, in_map_iff. split.
  - intros [(o & E & I) least]. split; [eauto|]. intros o' I'. apply least, in_map, I'.
  - intros [(o & I & E) least]. split; [eauto|]. intros y J. apply in_map_iff in J. destruct J as (o' & <- & J). auto.
Qed.

Theorem adding_an_order_never_unblocks w os q :
  incl (orders (docket_of w)) os -> is_blocked w q -> is_blocked (rule_with w os) q.
Proof.
  unfold is_blocked, decide. rewrite !blocked_iff_reached. intros more (o & I & R). exists o. split; [apply more, I | exact R].
Qed.

(** An order that does not name the meeting or the account changes nothing of the answer. *)
Theorem orders_are_local_to_what_they_name w before o after q :
  names o q = false -> decide (rule_with w (before ++ o :: after)) q = decide (rule_with w (before ++ after)) q.
Proof.
  intros N. unfold decide, location_of. simpl. unfold decide_at, domestics, reaching, named. simpl.
  rewrite !filter_app. simpl. rewrite N, andb_false_r. reflexivity.
Qed.

(** An order out of force changes nothing of the answer, whatever it says: before [effective], from [expires] on, and in every
    status but one. *)
Theorem outside_its_window_an_order_does_nothing w before o after q :
  (order_status o <> InForce \/ (exists start, effective o = Some start /\ at_time q < start)
   \/ (exists stop, expires o = Some stop /\ stop <= at_time q)) ->
  decide (rule_with w (before ++ o :: after)) q = decide (rule_with w (before ++ after)) q.
Proof.
  intros out.
  assert (F : in_force o (at_time q) = false).
  { apply not_true_iff_false. rewrite in_force_iff. intros (S & E & X).
    destruct out as [no | [(start & Es & L) | (stop & Xs & L)]]; [congruence | |].
    - specialize (E start Es). lia.
    - specialize (X stop Xs). lia. }
  unfold decide, location_of. simpl. unfold decide_at, domestics, reaching, named. simpl.
  rewrite !filter_app. simpl. rewrite F. reflexivity.
Qed.

(** * Narrowing *)

(** An order whose text is narrower than another's, field by field. *)
Record narrower (gs : list (string * list region)) (n o : order) : Prop := {
  narrower_status : order_status n = InForce -> order_status o = InForce;
  narrower_start : forall start, effective o = Some start -> exists later, effective n = Some later /\ start <= later;
  narrower_stop : forall stop, expires o = Some stop -> exists sooner, expires n = Some sooner /\ sooner <= stop;
  narrower_meetings : incl (meetings n) (meetings o);
  narrower_accounts : incl (accounts n) (accounts o);
  narrower_issuer : forall j, In j (jurisdiction gs n) -> j = Unknown \/ cover (jurisdiction gs o) j = true;
  narrower_regions : regions o = []
    \/ (regions n <> [] /\ forall r, In r (regions n) -> r = Unknown \/ cover (regions o) r = true);
  narrower_networks : networks o = []
    \/ (networks n <> [] /\ forall s, In s (networks n) -> exists wide, In wide (networks o) /\ within s wide = true);
  narrower_exempt : forall s, In s (exempt o) -> exists wide, In wide (exempt n) /\ within s wide = true
}.

Lemma cover_within n o r :
  (forall j, In j n -> j = Unknown \/ cover o j = true) -> cover n r = true -> cover o r = true.
Proof.
  intros inside. rewrite !cover_iff. intros (j & I & C). destruct (inside j I) as [-> | D].
  - rewrite (proj1 (unknown_covers_nothing_and_nothing_covers_it r)) in C. discriminate.
  - apply cover_iff in D. destruct D as (a & J & D). exists a. split; auto. eapply covers_transitive; eauto.
Qed.

Lemma narrower_reaches gs n o l a : narrower gs n o -> reaches gs n l a = true -> reaches gs o l a = true.
Proof.
  intros [_ _ _ _ _ NI NR NN NE]. rewrite !reaches_iff. intros (r & L & I & R & N & E). exists r. repeat split; auto.
  - eapply cover_within; eauto.
  - unfold regions_admit in *. destruct NR as [-> | [some inside]]; auto.
    destruct (regions o) eqn:Ro; auto. rewrite <- Ro in *.
    destruct (regions n) eqn:Rn; [congruence|]. rewrite <- Rn in *. eapply cover_within; eauto.
  - unfold networks_admit in *. destruct NN as [-> | [some inside]]; auto.
    destruct (networks o) as [|net nets] eqn:No; auto. rewrite <- No in *.
    destruct (networks n) as [|net' nets'] eqn:Nn; [congruence|]. rewrite <- Nn in *.
    apply some_holds_iff in N. destruct N as (s & J & H). destruct (inside s J) as (wide & K & W).
    apply some_holds_iff. exists wide. split; auto. eapply within_holds; eauto.
  - apply not_true_iff_false. intros X. apply some_holds_iff in X. destruct X as (s & J & H).
    destruct (NE s J) as (wide & K & W). apply not_true_iff_false in E. apply E, some_holds_iff.
    exists wide. split; auto. eapply within_holds; eauto.
Qed.

Lemma narrower_in_force gs n o t : narrower gs n o -> in_force n t = true -> in_force o t = true.
Proof.
  intros [NS NB NX _ _ _ _ _ _]. rewrite !in_force_iff. intros (S & B & X). repeat split; auto.
  - intros start E. destruct (NB start E) as (later & F & L). specialize (B later F). lia.
  - intros stop E. destruct (NX stop E) as (sooner & F & L). specialize (X sooner F). lia.
Qed.

Lemma narrower_names gs n o q : narrower gs n o -> names n q = true -> names o q = true.
Proof.
  intros [_ _ _ NM NA _ _ _ _]. rewrite !names_iff. intros [I | (account & H & I)]; [left | right; exists account]; auto.
Qed.

Theorem narrowing_an_order_never_blocks_more w before n o after q :
  narrower (groups (docket_of w)) n o ->
  is_blocked (rule_with w (before ++ n :: after)) q -> is_blocked (rule_with w (before ++ o :: after)) q.
Proof.
  intros narrow. unfold is_blocked, decide. rewrite !blocked_iff_reached. simpl. unfold location_of. simpl.
  intros (x & I & F & N & R). apply in_app_iff in I. simpl in I. destruct I as [I | [<- | I]].
  - exists x. rewrite in_app_iff. auto.
  - exists o. rewrite in_app_iff. simpl. repeat split; auto.
    + eapply narrower_in_force; eauto.
    + eapply narrower_names; eauto.
    + eapply narrower_reaches; eauto.
  - exists x. rewrite in_app_iff. simpl. auto.
Qed.
