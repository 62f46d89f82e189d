(** An explanation: for each order that names the meeting or the account, why it reaches the address or not. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision.
Import ListNotations.
Open Scope Z_scope.

(** The reasons of `policy::Reason`, in its sequence: the first that holds is given. *)
Inductive reason :=
| NotInForce | NotYetEffective | Expired | OfUnlocated | OfContested | Outside | NotInRegions | NotInNetworks | Exempt | Reaches.

(** The reason of one order, at a time, about an address where it is known to be. *)
Definition reason_of gs (o : order) (l : location) (a : address) (t : Z) : reason :=
  if negb (is_in_force_status (order_status o)) then NotInForce
  else if match effective o with Some start => t <? start | None => false end then NotYetEffective
  else if match expires o with Some stop => stop <=? t | None => false end then Expired
  else match l with
  | Unlocated => OfUnlocated
  | Contested => OfContested
  | Located r =>
      if negb (issuer_covers gs o r) then Outside
      else if negb (regions_admit o r) then NotInRegions
      else if negb (networks_admit o a) then NotInNetworks
      else if some_holds (exempt o) a then Exempt
      else Reaches
  end.

(** Every order of the docket that names the meeting or the account, in force or not, with its reason. *)
Definition explain_at (d : docket) (l : location) (q : question) : list (string * reason) :=
  map (fun o => (id o, reason_of (groups d) o l (ip q) (at_time q))) (filter (fun o => names o q) (orders d)).

Definition explain (w : world) (q : question) : list (string * reason) :=
  explain_at (docket_of w) (location_of w (ip q)) q.

(** Whether a reason says that the order is in force. *)
Definition is_reason_of_force (r : reason) : bool :=
  match r with NotInForce | NotYetEffective | Expired => false | _ => true end.
Definition is_reaches (r : reason) : bool := match r with Reaches => true | _ => false end.

(** The kind of decision that a list of reasons shows. *)
Definition kind_of_reasons (rs : list reason) : kind :=
  if existsb is_reaches rs then BlockParticipant
  else if existsb is_reason_of_force rs then KeepMeeting
  else Allow.

Lemma reason_of_force gs o l a t : is_reason_of_force (reason_of gs o l a t) = in_force o t.
Proof.
  unfold reason_of, in_force. destruct (is_in_force_status (order_status o)); simpl; auto.
  assert (E : match effective o with Some start => t <? start | None => false end
              = negb match effective o with Some start => start <=? t | None => true end).
  { destruct (effective o); auto. apply Z.ltb_antisym. }
  assert (X : match expires o with Some stop => stop <=? t | None => false end
              = negb match expires o with Some stop => t <? stop | None => true end).
  { destruct (expires o); auto. apply Z.leb_antisym. }
  rewrite E, X.
  destruct (match effective o with Some start => start <=? t | None => true end); simpl; auto.
  destruct (match expires o with Some stop => t <? stop | None => true end); simpl; auto.
  destruct l as [r| |]; auto.
  destruct (issuer_covers gs o r), (regions_admit o r), (networks_admit o a), (some_holds (exempt o) a); reflexivity.
Qed.

Lemma reason_reaches gs o l a t : is_reaches (reason_of gs o l a t) = in_force o t && reaches gs o l a.
Proof.
  rewrite <- (reason_of_force gs o l a t). unfold reason_of.
  destruct (negb _); auto. destruct (match effective o with Some _ => _ | None => _ end); auto.
  destruct (match expires o with Some _ => _ | None => _ end); auto. destruct l as [r| |]; auto. simpl.
  destruct (issuer_covers gs o r), (regions_admit o r), (networks_admit o a), (some_holds (exempt o) a); reflexivity.
Qed.

(** The reasons show the decision: its kind, and the ids that it gives. *)
Theorem explain_agrees_with_decide w q :
  kind_of (decide w q) = kind_of_reasons (map snd (explain w q))
  /\ (is_blocked w q -> given (decide w q) = ascending (map fst (filter (fun e => is_reaches (snd e)) (explain w q))))
  /\ (kind_of (decide w q) = KeepMeeting ->
      given (decide w q) = ascending (map fst (filter (fun e => is_reason_of_force (snd e)) (explain w q)))).
Proof.
  unfold is_blocked, decide, explain. generalize (location_of w (ip q)) as l. generalize (docket_of w) as d. intros d l.
  assert (R : map fst (filter (fun e => is_reaches (snd e)) (explain_at d l q)) = map id (reaching d l q)).
  { unfold explain_at, reaching, named. induction (orders d) as [|o os IH]; auto. simpl. destruct (names o q) eqn:N; simpl.
    - rewrite reason_reaches. destruct (in_force o (at_time q)); simpl; [|exact IH].
      destruct (reaches (groups d) o l (ip q)); simpl; [f_equal|]; exact IH.
    - rewrite andb_false_r. exact IH. }
  assert (F : map fst (filter (fun e => is_reason_of_force (snd e)) (explain_at d l q)) = map id (named d q)).
  { unfold explain_at, named. induction (orders d) as [|o os IH]; auto. simpl. destruct (names o q) eqn:N; simpl.
    - rewrite reason_of_force. destruct (in_force o (at_time q)); simpl; [f_equal|]; exact IH.
    - rewrite andb_false_r. exact IH. }
  assert (shows : forall p, existsb p (map snd (explain_at d l q))
                          = negb (match map fst (filter (fun e => p (snd e)) (explain_at d l q)) with [] => true | _ => false end)).
  { clear R F. intros p. induction (explain_at d l q) as [|e es IH]; auto. simpl. rewrite IH. destruct (p (snd e)); reflexivity. }
  assert (some : forall o os, ids (o :: os) <> []) by (intros o os E; apply ids_empty in E; discriminate).
  assert (N := reaching_named d l q).
  split; [|split].
  - unfold kind_of_reasons. rewrite !shows, R, F. unfold decide_at, verdict_of.
    destruct (reaching d l q) as [|y ys], (named d q) as [|x xs]; simpl map; simpl negb; cbv iota.
    + reflexivity.
    + assert (X := some x xs). destruct (ids (x :: xs)); [congruence | reflexivity].
    + destruct N; [discriminate | reflexivity].
    + assert (X := some x xs). assert (Y := some y ys).
      destruct (ids (x :: xs)); [congruence|]. destruct (ids (y :: ys)); [congruence | reflexivity].
  - intros B. rewrite (blocked_gives_reaching _ _ _ B), R. reflexivity.
  - intros K. rewrite F. unfold decide_at, verdict_of in *. fold (ids (named d q)).
    destruct (ids (named d q)); [discriminate|]. destruct (ids (reaching d l q)); [reflexivity | discriminate].
Qed.
