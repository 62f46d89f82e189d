(** The orders of an amended docket: `Policy::amend`. *)
From Coq Require Import Bool List ZArith String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsDecision.
Import ListNotations.

(** "Each order replaces the one with its id, or is added behind all." *)
Fixpoint put {A} (key : A -> string) (x : A) (l : list A) : list A :=
  match l with
  | [] => [x]
  | y :: rest => if String.eqb (key y) (key x) then x :: rest else y :: put key x rest
  end.

Definition amended {A} (key : A -> string) (l changes : list A) : list A := fold_left (fun l x => put key x l) changes l.

Lemma put_in {A} (key : A -> string) x y l :
  NoDup (map key l) -> In y (put key x l) <-> y = x \/ (In y l /\ key y <> key x).
Proof.
  induction l as [|z l IH]; simpl; intros N; [intuition|]. inversion N as [|k ks out N']. subst.
  destruct (String.eqb_spec (key z) (key x)) as [E | D]; simpl.
  - split.
    + intros [<- | I]; [auto|]. right. split; [auto|]. intros E'. apply out. rewrite E, <- E'. apply in_map, I.
    + intros [-> | [[<- | I] D]]; auto. congruence.
  - rewrite (IH N'). split; [|intuition]. intros [<- | [-> | [I D']]]; auto.
Qed.

Lemma put_unique {A} (key : A -> string) x l : NoDup (map key l) -> NoDup (map key (put key x l)).
Proof.
  induction l as [|z l IH]; simpl; intros N; [repeat constructor; intros []|]. inversion N as [|k ks out N']. subst.
  destruct (String.eqb_spec (key z) (key x)) as [E | D]; simpl.
  - constructor; [rewrite <- E; exact out | exact N'].
  - constructor; [|apply IH, N']. intros I. apply in_map_iff in I. destruct I as (y & E & I).
    apply (put_in key x y l N') in I. destruct I as [-> | [I _]]; [congruence|]. apply out. rewrite <- E. apply in_map, I.
Qed.

(** An amended docket has the changes, each with an id of its own, and the orders that none of them replaces; so it decides as a
    docket that is written in this way does. *)
Theorem an_amended_docket_has_the_changes_and_the_rest os changes o :
  NoDup (map id os) -> NoDup (map id changes) ->
  (In o (amended id os changes) <-> In o changes \/ (In o os /\ ~ In (id o) (map id changes))).
Proof.
  unfold amended. revert os. induction changes as [|c cs IH]; simpl; intros os N C; [intuition|].
  inversion C as [|k ks out C']. subst. rewrite (IH _ (put_unique id c os N) C'), (put_in id c o os N). split.
  - intros [I | [[-> | [I D]] U]]; auto. right. split; [exact I|]. intros [E | J]; [congruence | contradiction].
  - intros [[<- | I] | [I D]]; [right; split; [left; reflexivity | exact out] | left; exact I |].
    right. split; [right; split; [exact I|] |]; intros X; apply D; [left; congruence | right; exact X].
Qed.
