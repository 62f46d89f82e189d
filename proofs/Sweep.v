(** A sweep: everyone present in a meeting, decided about at one instant. *)
From Coq Require Import Bool List ZArith String Permutation.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsWorld.
Import ListNotations.

(** The people who must be removed, each with the block, and those who stay, in the given sequence. *)
Record swept (K : Type) := Swept { to_remove : list (K * verdict); staying : list K }.
Arguments Swept {K}.
Arguments to_remove {K}.
Arguments staying {K}.

(** The decisions one by one: each participant is asked about, and appended to one of two lists. [Policy::sweep_at] asks less: see
    `CompiledSweep.v`. *)
Fixpoint sweep_from {K} (w : world) (q : question) (people : list (K * address)) (done : swept K) : swept K :=
  match people with
  | [] => done
  | (key, a) :: rest =>
      let v := decide w (asked_of a q) in
      sweep_from w q rest
        match kind_of v with
        | BlockParticipant => Swept (to_remove done ++ [(key, v)]) (staying done)
        | Allow | KeepMeeting => Swept (to_remove done) (staying done ++ [key])
        end
  end.

(** From empty lists. *)
Definition sweep {K} w q (people : list (K * address)) : swept K := sweep_from w q people (Swept [] []).

Definition is_block (k : kind) : bool := match k with BlockParticipant => true | _ => false end.
Definition answer {K} w q (p : K * address) : verdict := decide w (asked_of (snd p) q).
Definition must_go {K} w q (p : K * address) : bool := is_block (kind_of (answer w q p)).

Lemma sweep_from_is {K} w q (people : list (K * address)) done :
  sweep_from w q people done
  = Swept (to_remove done ++ map (fun p => (fst p, answer w q p)) (filter (must_go w q) people))
          (staying done ++ map fst (filter (fun p => negb (must_go w q p)) people)).
Proof.
  revert done. induction people as [|[key a] rest IH]; intros [gone stay]; simpl; [rewrite !app_nil_r; reflexivity|].
  rewrite IH.
  assert (G : must_go w q (key, a) = is_block (kind_of (decide w (asked_of a q)))) by reflexivity. rewrite G.
  destruct (kind_of (decide w (asked_of a q))); simpl; rewrite <- app_assoc; reflexivity.
Qed.

(** Each participant is in exactly one list, as often as they were given, in the given sequence: to be removed with the block that
    [decide] gives them, or staying. *)
Lemma sweep_agrees_with_decide {K} w q (people : list (K * address)) :
  to_remove (sweep w q people) = map (fun p => (fst p, answer w q p)) (filter (must_go w q) people)
  /\ staying (sweep w q people) = map fst (filter (fun p => negb (must_go w q p)) people)
  /\ Permutation (map fst people) (map fst (to_remove (sweep w q people)) ++ staying (sweep w q people)).
Proof.
  unfold sweep. rewrite sweep_from_is. simpl. split; [reflexivity|]. split; [reflexivity|]. rewrite map_map. simpl.
  induction people as [|p rest IH]; simpl; auto. destruct (must_go w q p); simpl; [constructor; exact IH|].
  eapply perm_trans; [constructor; exact IH | apply Permutation_middle].
Qed.

(** A sweep removes those who are blocked and nobody else, whoever else is present. *)
Theorem a_sweep_removes_the_blocked_alone {K} w q (people : list (K * address)) key v :
  In (key, v) (to_remove (sweep w q people)) <->
  exists a, In (key, a) people /\ is_blocked w (asked_of a q) /\ v = decide w (asked_of a q).
Proof.
  rewrite (proj1 (sweep_agrees_with_decide w q people)), in_map_iff. split.
  - intros ([k a] & E & I). apply filter_In in I. destruct I as [I G]. injection E as -> <-. exists a.
    split; [exact I|]. split; [|reflexivity]. unfold must_go, answer in G. unfold is_blocked. simpl in G.
    destruct (kind_of (decide w (asked_of a q))); try discriminate. reflexivity.
  - intros (a & I & B & ->). exists (key, a). split; [reflexivity|]. apply filter_In. split; [exact I|].
    unfold must_go, answer. simpl. rewrite B. reflexivity.
Qed.
