(** The difference between two worlds, found faster: each probe once, and each address located once. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision Change Prepared.
Import ListNotations.
Open Scope Z_scope.

(** * Lists without repetition *)

Fixpoint distinct {A} (eqb : A -> A -> bool) (l : list A) : list A :=
  match l with
  | [] => []
  | x :: rest => let d := distinct eqb rest in if existsb (eqb x) d then d else x :: d
  end.

Lemma distinct_in {A} (eqb : A -> A -> bool) l x :
  (forall y z, eqb y z = true <-> y = z) -> (In x (distinct eqb l) <-> In x l).
Proof.
  intros E. revert x. induction l as [|y l IH]; intros x; [reflexivity|]. cbn [distinct]. cbv zeta.
  destruct (existsb (eqb y) (distinct eqb l)) eqn:X; simpl; rewrite IH; [|reflexivity].
  apply existsb_exists in X. destruct X as (z & I & Y). apply E in Y. subst z. apply IH in I.
  split; [auto|]. intros [<- | J]; auto.
Qed.

Definition address_eqb (a b : address) : bool := family_eqb (family_of a) (family_of b) && (number a =? number b).

Lemma address_eqb_eq a b : address_eqb a b = true <-> a = b.
Proof.
  unfold address_eqb. rewrite andb_true_iff, family_eqb_eq, Z.eqb_eq. destruct a, b; simpl. intuition congruence.
Qed.

Definition subject_eqb (s s' : string * option string) : bool :=
  String.eqb (fst s) (fst s')
  && match snd s, snd s' with Some x, Some y => String.eqb x y | None, None => true | _, _ => false end.

Lemma subject_eqb_eq s s' : subject_eqb s s' = true <-> s = s'.
Proof.
  unfold subject_eqb. destruct s as [m [h|]], s' as [m' [h'|]]; simpl; rewrite andb_true_iff, ?String.eqb_eq; intuition congruence.
Qed.

(** * Probes *)

(** Whether the verdicts of both worlds about some probe satisfy a test. *)
Definition some_probe (test : verdict -> verdict -> bool) (w w' : world) : bool :=
  let old := prepare w in
  let new := prepare w' in
  let os := orders (docket_of w) ++ orders (docket_of w') in
  let names := distinct subject_eqb (subjects os) in
  let times := distinct Z.eqb (instants os) in
  let regions := distinct region_eqb (Unknown :: homes w ++ homes w') in
  existsb (fun a =>
    let before := place_of old a in
    let after := place_of new a in
    existsb (fun s => existsb (fun t =>
      let q := Question (fst s) (snd s) a Unknown t in
      let c := consider old before q in
      let c' := consider new after q in
      existsb (fun h => test (verdict_considered c h) (verdict_considered c' h)) regions) times) names)
    (distinct address_eqb (places (ranges w ++ ranges w'))).

(** The home has no part in what is considered. *)
Lemma verdict_at_home w m s a t h :
  verdict_considered (consider (prepare w) (place_of (prepare w) a) (Question m s a Unknown t)) h = decide w (Question m s a h t).
Proof. exact (deciding_in_a_prepared_world_is_deciding w (Question m s a h t)). Qed.

Theorem some_probe_is_some_probe test w w' :
  some_probe test w w' = existsb (fun q => test (decide w q) (decide w' q)) (probes w w').
Proof.
  apply eq_true_iff_eq. unfold some_probe. cbv zeta. rewrite !existsb_exists. split.
  - intros (a & A & E). apply existsb_exists in E. destruct E as ([m s] & S & E). apply existsb_exists in E. destruct E as (t & T & E).
    apply existsb_exists in E. destruct E as (h & H & E). cbn [fst snd] in E. rewrite !verdict_at_home in E.
    exists (Question m s a h t). split; [|exact E]. apply probes_in. cbn [meeting host at_time ip home].
    rewrite distinct_in in A by apply address_eqb_eq. rewrite distinct_in in S by apply subject_eqb_eq.
    rewrite distinct_in in T by apply Z.eqb_eq. rewrite distinct_in in H by apply region_eqb_eq. auto.
  - intros (q & Q & E). apply probes_in in Q. destruct Q as (S & T & A & H).
    exists (ip q). split; [apply distinct_in; [apply address_eqb_eq | exact A]|].
    apply existsb_exists. exists (meeting q, host q). split; [apply distinct_in; [apply subject_eqb_eq | exact S]|].
    apply existsb_exists. exists (at_time q). split; [apply distinct_in; [apply Z.eqb_eq | exact T]|].
    apply existsb_exists. exists (home q). split; [apply distinct_in; [apply region_eqb_eq | exact H]|].
    cbn [fst snd]. rewrite !verdict_at_home. destruct q. exact E.
Qed.

(** * The change *)

Definition blocks_by (v : verdict) : bool := match kind_of v with BlockParticipant => true | _ => false end.

(** Empty, widens, releases. *)
Definition change_prepared (w w' : world) : bool * bool * bool :=
  (negb (some_probe (fun v v' => negb (same_verdict v v')) w w'),
   some_probe (fun v v' => blocks_by v' && negb (blocks_by v)) w w',
   some_probe (fun v v' => blocks_by v && negb (blocks_by v')) w w').

Theorem the_change_of_prepared_worlds_is_the_change w w' :
  change_prepared w w' = (change_is_empty w w', change_widens w w', change_releases w w').
Proof.
  unfold change_prepared. rewrite !some_probe_is_some_probe.
  replace (change_is_empty w w')
    with (negb (existsb (fun q => negb (same_verdict (decide w q) (decide w' q))) (probes w w'))); [reflexivity|].
  unfold change_is_empty. induction (probes w w') as [|q qs IH]; [reflexivity|].
  cbn [existsb forallb]. rewrite negb_orb, negb_involutive, IH. reflexivity.
Qed.
