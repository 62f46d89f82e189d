(** What one order reaches from now on, and what it reaches no longer: `OrderChange::reached` and `released`. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision.
Import ListNotations.
Open Scope Z_scope.

(** The addresses that the order of an id reaches at the times at which it is in force. *)
Definition reach_of (w : world) (i : string) (a : address) : bool :=
  existsb (fun o => String.eqb (id o) i && is_in_force_status (order_status o)
                    && reaches (groups (docket_of w)) o (location_of w a) a) (orders (docket_of w)).

(** The addresses that it reaches from now on, whether another order reached them or not. *)
Definition reached (w w' : world) (i : string) (a : address) : bool := reach_of w' i a && negb (reach_of w i a).

(** The addresses that it reaches no longer, whether another order reaches them or not. *)
Definition released (w w' : world) (i : string) (a : address) : bool := reach_of w i a && negb (reach_of w' i a).

(** Errors of a docket: "no meeting and no account", and "`expires` not after `effective`". *)
Definition well_formed (w : world) : Prop :=
  forall o, In o (orders (docket_of w)) ->
    (meetings o <> [] \/ accounts o <> [])
    /\ forall start stop, effective o = Some start -> expires o = Some stop -> start < stop.

(** Some question about an address is answered with a block that gives this id. *)
Definition blames (w : world) (i : string) (a : address) : Prop :=
  exists q, ip q = a /\ is_blocked w q /\ In i (given (decide w q)).

Lemma some_time_in_force o :
  order_status o = InForce -> (forall start stop, effective o = Some start -> expires o = Some stop -> start < stop) ->
  exists t, in_force o t = true.
Proof.
  intros S window. destruct (effective o) as [start|] eqn:E.
  - exists start. apply in_force_iff. repeat split; auto.
    intros s F. assert (start = s) by congruence. lia.
  - destruct (expires o) as [stop|] eqn:X.
    + exists (stop - 1). apply in_force_iff. repeat split; auto; [congruence|]. intros s F. assert (stop = s) by congruence. lia.
    + exists 0. apply in_force_iff. repeat split; auto; congruence.
Qed.

Lemma some_question_names o (a : address) (t : Z) :
  meetings o <> [] \/ accounts o <> [] -> exists q, ip q = a /\ at_time q = t /\ names o q = true.
Proof.
  intros [M | A].
  - destruct (meetings o) as [|m ms] eqn:E; [congruence|]. exists (Question m None a Unknown t). repeat split.
    apply names_iff. left. rewrite E. left. reflexivity.
  - destruct (accounts o) as [|c cs] eqn:E; [congruence|]. exists (Question ""%string (Some c) a Unknown t). repeat split.
    apply names_iff. right. exists c. rewrite E. simpl. auto.
Qed.

Theorem an_order_reaches_whom_it_can_block w i a : well_formed w -> (reach_of w i a = true <-> blames w i a).
Proof.
  intros wf. unfold reach_of, blames. rewrite existsb_exists. split.
  - intros (o & I & B). rewrite !andb_true_iff, String.eqb_eq in B. destruct B as [[<- S] R].
    destruct (wf o I) as [N W]. assert (F : order_status o = InForce) by (destruct (order_status o); discriminate || reflexivity).
    destruct (some_time_in_force o F W) as (t & T). destruct (some_question_names o a t N) as (q & A & At & M). subst.
    assert (Re : In o (reaching (docket_of w) (location_of w (ip q)) q)) by (apply reaching_in; auto).
    assert (B : is_blocked w q) by (apply blocked_iff_reached; exists o; apply reaching_in; exact Re).
    exists q. split; [reflexivity|]. split; [exact B|]. unfold decide. rewrite (blocked_gives_reaching _ _ _ B).
    apply ids_in. eauto.
  - intros (q & <- & B & G). unfold decide in G. rewrite (blocked_gives_reaching _ _ _ B) in G. apply ids_in in G.
    destruct G as (o & I & <-). apply reaching_in in I. destruct I as (I & F & _ & R). exists o. split; [exact I|].
    rewrite String.eqb_refl, R, andb_true_r. simpl. apply in_force_iff in F. rewrite (proj1 F). reflexivity.
Qed.

(** An address is reached from now on exactly when the order can be given as a reason of a block there now, and could not before. *)
Theorem reached_iff_a_decision_differs w w' i a :
  well_formed w -> well_formed w' -> (reached w w' i a = true <-> blames w' i a /\ ~ blames w i a).
Proof.
  intros wf wf'. unfold reached. rewrite andb_true_iff, negb_true_iff, <- (an_order_reaches_whom_it_can_block w' i a wf'),
    <- (an_order_reaches_whom_it_can_block w i a wf), not_true_iff_false. reflexivity.
Qed.

Theorem released_iff_a_decision_differs w w' i a :
  well_formed w -> well_formed w' -> (released w w' i a = true <-> blames w i a /\ ~ blames w' i a).
Proof. intros wf wf'. apply (reached_iff_a_decision_differs w' w i a wf' wf). Qed.
