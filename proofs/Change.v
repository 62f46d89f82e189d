(** The difference between two worlds: `Policy::change_to`, and that it is exact. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsWorld.
Import ListNotations.
Open Scope Z_scope.

(** * Addresses that a client can have *)

(** The last number of a family. *)
Definition top (f : family) : Z := match f with V4 => 2 ^ 32 - 1 | V6 => 2 ^ 128 - 1 end.

(** An address in its canonical form, within its family. A mapped one is asked about as the IPv4 address that it is. *)
Definition real (a : address) : Prop := canonical a = a /\ 0 <= number a <= top (family_of a).

Definition is_real (a : address) : bool :=
  family_eqb (family_of (canonical a)) (family_of a) && (0 <=? number a) && (number a <=? top (family_of a)).

Lemma is_real_iff a : is_real a = true <-> real a.
Proof.
  unfold is_real, real. rewrite !andb_true_iff, family_eqb_eq, !Z.leb_le.
  assert (C : family_of (canonical a) = family_of a <-> canonical a = a).
  { destruct a as [[] n]; simpl; [tauto|]. destruct (_ && _); simpl; split; congruence. }
  rewrite C. tauto.
Qed.

(** No proof here needs the numbers of special-purpose networks. *)
Local Opaque special_networks.

(** * The questions that suffice *)

(** The names of all orders, each alone: a meeting whose host no order names, and an account whose meeting no order names. No order
    names the empty name: that is an error of a docket. *)
Definition subjects (os : list order) : list (string * option string) :=
  map (fun m => (m, None)) (flat_map meetings os) ++ map (fun a => (""%string, Some a)) (flat_map accounts os).

(** The bounds in time of an order. *)
Definition bounds (o : order) : list Z :=
  match effective o with Some start => [start] | None => [] end ++ match expires o with Some stop => [stop] | None => [] end.

(** "The instants at which some order comes into force or goes out of it, and one before all of them." *)
Definition instants (os : list order) : list Z :=
  let all := flat_map bounds os in (fold_right Z.min 0 all - 1) :: all.

(** Every range that the location or the reach of an address depends on. *)
Definition ranges (w : world) : list span :=
  special_networks ++ flat_map (fun s => map row_span (rows s)) (sources w)
  ++ flat_map (fun o => networks o ++ exempt o) (orders (docket_of w)).

(** Where ranges of a family begin, and where they have ended; the start of the address space, and both ends of the block of mapped
    addresses. *)
Definition cuts (f : family) (ss : list span) : list Z :=
  0 :: mapped_first :: mapped_last + 1
    :: flat_map (fun s => if family_eqb (span_family (read_span s)) f then [first (read_span s); last (read_span s) + 1] else []) ss.

(** The addresses that exist where something begins or has ended. *)
Definition places (ss : list span) : list address :=
  filter is_real (map (Address V4) (cuts V4 ss) ++ map (Address V6) (cuts V6 ss)).

(** "The regions that jurisdictions list suffice", and one that none of them covers. *)
Definition homes (w : world) : list region :=
  flat_map (jurisdiction (groups (docket_of w))) (orders (docket_of w)).

(** The questions: each subject, instant, place and home of both worlds. *)
Definition probes (w w' : world) : list question :=
  let os := orders (docket_of w) ++ orders (docket_of w') in
  flat_map (fun s => flat_map (fun t => flat_map (fun a => map (fun h => Question (fst s) (snd s) a h t)
    (Unknown :: homes w ++ homes w')) (places (ranges w ++ ranges w'))) (instants os)) (subjects os).

Lemma probes_in w w' q :
  In q (probes w w') <->
  In (meeting q, host q) (subjects (orders (docket_of w) ++ orders (docket_of w')))
  /\ In (at_time q) (instants (orders (docket_of w) ++ orders (docket_of w')))
  /\ In (ip q) (places (ranges w ++ ranges w'))
  /\ In (home q) (Unknown :: homes w ++ homes w').
Proof.
  unfold probes. rewrite in_flat_map. split.
  - intros ([m h] & S & I). rewrite in_flat_map in I. destruct I as (t & T & I). rewrite in_flat_map in I.
    destruct I as (a & A & I). rewrite in_map_iff in I. destruct I as (r & <- & H). auto.
  - intros (S & T & A & H). exists (meeting q, host q). split; [exact S|]. apply in_flat_map. exists (at_time q).
    split; [exact T|]. apply in_flat_map. exists (ip q). split; [exact A|]. apply in_map_iff. exists (home q).
    split; [destruct q; reflexivity | exact H].
Qed.

(** * The change *)

Definition verdict_dec (v v' : verdict) : {v = v'} + {v <> v'}.
Proof. repeat decide equality. Defined.

Definition same_verdict (v v' : verdict) : bool := if verdict_dec v v' then true else false.
Definition blocks (w : world) (q : question) : bool :=
  match kind_of (decide w q) with BlockParticipant => true | _ => false end.

(** "Whether both policies decide alike about every meeting, account, address, host region and time." *)
Definition change_is_empty (w w' : world) : bool := forallb (fun q => same_verdict (decide w q) (decide w' q)) (probes w w').

(** "Whether the new policy blocks somebody whom the old one admits." *)
Definition change_widens (w w' : world) : bool := existsb (fun q => blocks w' q && negb (blocks w q)) (probes w w').

(** "Whether the new policy admits somebody whom the old one blocks." *)
Definition change_releases (w w' : world) : bool := existsb (fun q => blocks w q && negb (blocks w' q)) (probes w w').

(** * One instant stands for all between two *)

Lemma greatest (l : list Z) x : In x l -> exists c, In c l /\ forall y, In y l -> y <= c.
Proof.
  revert x. induction l as [|y l IH]; [intros x []|]. intros x _. destruct l as [|z l].
  - exists y. split; [left; auto|]. intros v [<- | []]. lia.
  - destruct (IH z (or_introl eq_refl)) as (c & I & G). destruct (Z.le_gt_cases y c).
    + exists c. split; [right; exact I|]. intros v [<- | J]; auto.
    + exists y. split; [left; auto|]. intros v [<- | J]; [lia|]. specialize (G v J). lia.
Qed.

Lemma before_all (l : list Z) y : In y l -> fold_right Z.min 0 l - 1 < y.
Proof. induction l as [|x l IH]; simpl; [tauto|]. intros [-> | I]; [lia|]. specialize (IH I). lia. Qed.

Lemma instants_suffice os t : exists t', In t' (instants os) /\ forall o, In o os -> in_force o t' = in_force o t.
Proof.
  assert (B : exists t', In t' (instants os) /\ forall b, In b (flat_map bounds os) -> (b <= t' <-> b <= t)).
  { destruct (filter (fun b => b <=? t) (flat_map bounds os)) as [|x xs] eqn:E.
    - exists (fold_right Z.min 0 (flat_map bounds os) - 1). split; [left; reflexivity|]. intros b I.
      assert (L := before_all _ _ I). split; [lia|]. intros T.
      assert (J : In b (filter (fun b => b <=? t) (flat_map bounds os))) by (apply filter_In; split; [exact I | apply Z.leb_le, T]).
      rewrite E in J. destruct J.
    - destruct (greatest (x :: xs) x (or_introl eq_refl)) as (c & I & G). rewrite <- E in I, G.
      apply filter_In in I. destruct I as [I T]. apply Z.leb_le in T.
      exists c. split; [right; exact I|]. intros b J. split; [lia|]. intros L. apply G, filter_In. split; [exact J | apply Z.leb_le, L]. }
  destruct B as (t' & I & B). exists t'. split; [exact I|]. intros o J. apply eq_true_iff_eq. rewrite !in_force_iff.
  assert (S : forall start, effective o = Some start -> (start <= t' <-> start <= t)).
  { intros start E. apply B, in_flat_map. exists o. split; [exact J|]. unfold bounds. rewrite E. left. reflexivity. }
  assert (X : forall stop, expires o = Some stop -> (stop <= t' <-> stop <= t)).
  { intros stop E. apply B, in_flat_map. exists o. split; [exact J|]. unfold bounds. rewrite E. apply in_app_iff. right. left. reflexivity. }
  split; intros (A & C & D); repeat split; auto.
  - intros start E. apply (S start E), C, E.
  - intros stop E. specialize (D stop E). specialize (X stop E). lia.
  - intros start E. apply (S start E), C, E.
  - intros stop E. specialize (D stop E). specialize (X stop E). lia.
Qed.

(** * One address stands for all between two cuts *)

Lemma places_suffice ss a :
  real a -> exists c, In c (places ss) /\ real c /\ forall s, In s ss -> holds s c = holds s a.
Proof.
  intros [C [L U]]. set (f := family_of a) in *.
  assert (Z0 : In 0 (filter (fun c => (0 <=? c) && (c <=? number a)) (cuts f ss))).
  { apply filter_In. split; [left; reflexivity|]. apply andb_true_iff. rewrite !Z.leb_le. lia. }
  destruct (greatest _ _ Z0) as (c & I & G). apply filter_In in I. destruct I as [I B].
  rewrite andb_true_iff, !Z.leb_le in B.
  assert (near : forall y, In y (cuts f ss) -> 0 <= y <= number a -> y <= c).
  { intros y J D. apply G, filter_In. rewrite andb_true_iff, !Z.leb_le. auto. }
  assert (R : real (Address f c)).
  { split; [|simpl; lia]. destruct a as [[] n]; simpl in *; auto. subst f. simpl in *.
    destruct ((mapped_first <=? n) && (n <=? mapped_last)) eqn:M; [discriminate|].
    destruct ((mapped_first <=? c) && (c <=? mapped_last)) eqn:K; auto. exfalso.
    rewrite andb_true_iff, !Z.leb_le in K. apply andb_false_iff in M. rewrite !Z.leb_gt in M.
    assert (D := near (mapped_last + 1) (or_intror (or_intror (or_introl eq_refl)))).
    destruct mapped_block as (_ & _ & P). lia. }
  exists (Address f c). split; [|split; [exact R|]].
  - unfold places. apply filter_In. split; [|apply is_real_iff, R]. apply in_app_iff.
    destruct f; [left | right]; apply in_map, I.
  - intros s J. apply eq_true_iff_eq. rewrite !holds_iff, C, (proj1 R). simpl. fold f.
    assert (E : span_family (read_span s) = f -> In (first (read_span s)) (cuts f ss) /\ In (last (read_span s) + 1) (cuts f ss)).
    { intros F. split; right; right; right; apply in_flat_map; exists s; (split; [exact J|]);
      rewrite (proj2 (family_eqb_eq _ _) F); simpl; auto. }
    split; intros (F & A & D); destruct (E F) as [E1 E2]; repeat split; auto; [lia | | | lia].
    + destruct (Z.le_gt_cases (number a) (last (read_span s))); auto.
      destruct (Z.le_gt_cases 0 (last (read_span s) + 1)); [|lia].
      assert (X := near _ E2). lia.
    + destruct (Z.le_gt_cases 0 (first (read_span s))); [|lia]. assert (X := near _ E1). lia.
Qed.

(** * One home stands for all that the same regions cover *)

Lemma homes_suffice js h :
  exists h', In h' (Unknown :: js) /\ forall j, In j js -> covers j h' = covers j h.
Proof.
  destruct (in_dec region_dec h js) as [I | N]; [exists h; split; [right; exact I | reflexivity]|].
  destruct (in_dec region_dec (country h) js) as [I | M].
  - exists (country h). split; [right; exact I|]. intros j J. apply eq_true_iff_eq. rewrite !covers_iff, country_country.
    split; intros [K E]; (split; [exact K|]); destruct E as [E | E]; auto. subst j. contradiction.
  - exists Unknown. split; [left; reflexivity|]. intros j J.
    rewrite (proj2 (unknown_covers_nothing_and_nothing_covers_it j)). symmetry. apply not_true_iff_false.
    rewrite covers_iff. intros [_ [-> | ->]]; contradiction.
Qed.

(** * Answers at a probe *)

Lemma decide_alike w q q' :
  meeting q = meeting q' -> host q = host q' ->
  (forall o, In o (orders (docket_of w)) -> in_force o (at_time q) = in_force o (at_time q')) ->
  (forall s, In s (ranges w) -> holds s (ip q) = holds s (ip q')) ->
  (forall j, In j (homes w) -> covers j (home q) = covers j (home q')) ->
  decide w q = decide w q'.
Proof.
  intros M H T A J. unfold decide.
  assert (L : location_of w (ip q) = location_of w (ip q')).
  { apply locate_by_ranges.
    - intros n I. apply A, in_app_iff. auto.
    - intros s x I K. apply A, in_app_iff. right. apply in_app_iff. left. apply in_flat_map. exists s.
      split; [exact I | apply in_map, K]. }
  rewrite L.
  assert (N : named (docket_of w) q = named (docket_of w) q').
  { apply filter_ext_in. intros o I. rewrite (T o I). unfold names. rewrite M, H. reflexivity. }
  unfold decide_at, reaching, domestics. rewrite N.
  assert (O : forall o, In o (named (docket_of w) q') -> In o (orders (docket_of w))) by (intros o I; apply filter_In in I; apply I).
  f_equal.
  - f_equal. apply filter_ext_in. intros o I. apply O in I.
    assert (R : forall s, In s (networks o ++ exempt o) -> holds s (ip q) = holds s (ip q')).
    { intros s K. apply A, in_app_iff. right. apply in_app_iff. right. apply in_flat_map. eauto. }
    assert (S : forall ss, incl ss (networks o ++ exempt o) -> some_holds ss (ip q) = some_holds ss (ip q')).
    { intros ss inside. unfold some_holds. induction ss as [|s ss IH]; simpl; auto.
      rewrite (R s), IH; [reflexivity | intros v V; apply inside; right; exact V | apply inside; left; reflexivity]. }
    destruct (location_of w (ip q')); auto. simpl. unfold networks_admit.
    rewrite (S (exempt o)) by (intros s K; apply in_app_iff; auto).
    assert (Sn := S (networks o) (fun s K => proj2 (in_app_iff _ _ _) (or_introl K))).
    destruct (networks o); [reflexivity | rewrite Sn; reflexivity].
  - f_equal. apply filter_ext_in. intros o I. apply O in I. unfold issuer_covers, cover.
    assert (K : forall j, In j (jurisdiction (groups (docket_of w)) o) -> covers j (home q) = covers j (home q')).
    { intros j K. apply J, in_flat_map. eauto. }
    induction (jurisdiction (groups (docket_of w)) o) as [|j js IH]; simpl; auto.
    rewrite (K j), IH; [reflexivity | intros i I'; apply K; right; exact I' | left; reflexivity].
Qed.

(** Every question about a name has a probe with the same answers in both worlds. *)
Lemma probe_for w w' q :
  real (ip q) -> In (meeting q, host q) (subjects (orders (docket_of w) ++ orders (docket_of w'))) ->
  exists p, In p (probes w w') /\ real (ip p) /\ decide w p = decide w q /\ decide w' p = decide w' q.
Proof.
  intros R S.
  destruct (instants_suffice (orders (docket_of w) ++ orders (docket_of w')) (at_time q)) as (t & T & Ts).
  destruct (places_suffice (ranges w ++ ranges w') (ip q) R) as (a & A & Ra & As).
  destruct (homes_suffice (homes w ++ homes w') (home q)) as (h & H & Hs).
  exists (Question (meeting q) (host q) a h t).
  split; [apply probes_in; exact (conj S (conj T (conj A H)))|]. split; [exact Ra|].
  split; apply decide_alike; try reflexivity; intros x I.
  - apply Ts, in_app_iff. left. exact I.
  - apply As, in_app_iff. left. exact I.
  - apply Hs, in_app_iff. left. exact I.
  - apply Ts, in_app_iff. right. exact I.
  - apply As, in_app_iff. right. exact I.
  - apply Hs, in_app_iff. right. exact I.
Qed.

(** * One name stands for both of a meeting and its host *)

(** No order names the empty name: "an empty or over-long name" is an error of a docket. *)
Definition nameless (w : world) : Prop := forall o, In o (orders (docket_of w)) -> ~ In ""%string (meetings o).

Definition of_meeting (q : question) : question := Question (meeting q) None (ip q) (home q) (at_time q).
Definition of_account (q : question) : question := Question ""%string (host q) (ip q) (home q) (at_time q).

Lemma names_split w o q :
  nameless w -> In o (orders (docket_of w)) -> names o q = names o (of_meeting q) || names o (of_account q).
Proof.
  intros E I. apply eq_true_iff_eq. rewrite orb_true_iff, !names_iff. simpl. specialize (E o I). split.
  - intros [M | A]; auto.
  - intros [[M | (a & H & _)] | [M | A]]; auto; [discriminate | contradiction].
Qed.

Lemma subject_of_meeting os q o : In o os -> names o (of_meeting q) = true -> In (meeting q, None) (subjects os).
Proof.
  rewrite names_iff. simpl. intros I [M | (a & H & _)]; [|discriminate]. apply in_app_iff. left.
  apply in_map_iff. exists (meeting q). split; [reflexivity|]. apply in_flat_map. eauto.
Qed.

Lemma subject_of_account os q o :
  ~ In ""%string (meetings o) -> In o os -> names o (of_account q) = true -> In (""%string, host q) (subjects os).
Proof.
  rewrite names_iff. simpl. intros E I [M | (a & -> & A)]; [contradiction|]. apply in_app_iff. right.
  apply in_map_iff. exists a. split; [reflexivity|]. apply in_flat_map. eauto.
Qed.

Lemma unnamed_answer w q : named (docket_of w) q = [] -> decide w q = Verdict Allow [] None.
Proof. intros N. unfold decide, decide_at, reaching, domestics. rewrite N. reflexivity. Qed.

Definition reaching_of (v : verdict) : list string := match kind_of v with BlockParticipant => given v | _ => [] end.
Definition kept_of (v : verdict) : list string := match kind_of v with KeepMeeting => given v | _ => [] end.

Lemma reaching_of_decide d l q : reaching_of (decide_at d l q) = ids (reaching d l q).
Proof.
  unfold decide_at, verdict_of. assert (R := reaching_named d l q). rewrite <- !ids_empty in R.
  destruct (ids (named d q)), (ids (reaching d l q)); try reflexivity. destruct R; [discriminate | reflexivity].
Qed.

Lemma kept_of_decide d l q : ids (reaching d l q) = [] -> kept_of (decide_at d l q) = ids (named d q).
Proof. intros R. unfold decide_at, verdict_of. rewrite R. destruct (ids (named d q)); reflexivity. Qed.

Definition first_of (l : list string) : list string := match hd_error (ascending l) with Some i => [i] | None => [] end.

(** The least of two lists together is the lesser of both least. *)
Lemma head_of_union l a b :
  (forall x, In x l <-> In x a \/ In x b) -> hd_error (ascending l) = hd_error (ascending (first_of a ++ first_of b)).
Proof.
  intros U.
  assert (inside : forall k x, In x (first_of k) -> In x k).
  { intros k x. unfold first_of. destruct (hd_error (ascending k)) as [i|] eqn:E; [|intros []].
    intros [<- | []]. apply ascending_head in E. apply E. }
  destruct (hd_error (ascending l)) as [i|] eqn:E.
  - symmetry. apply ascending_head in E. destruct E as [I least]. apply ascending_head. split.
    + assert (own : forall k, In i k -> (forall x, In x k -> In x l) -> In i (first_of k)).
      { intros k J sub. unfold first_of. replace (hd_error (ascending k)) with (Some i); [left; reflexivity|].
        symmetry. apply ascending_head. split; auto. }
      apply in_app_iff. apply U in I. destruct I as [I | I]; [left | right]; apply own; auto; intros x J; apply U; auto.
    + intros y J. apply least, U. apply in_app_iff in J. destruct J as [J | J]; auto.
  - destruct (ascending l) eqn:A; [|discriminate]. apply (proj1 (ascending_empty l)) in A. subst l.
    assert (none : forall k, (forall x, In x k -> False) -> first_of k = []).
    { intros k N. destruct k as [|x k]; [reflexivity|]. destruct (N x (or_introl eq_refl)). }
    rewrite (none a), (none b); [reflexivity | |]; intros x I; destruct (proj2 (U x)); auto.
Qed.

Lemma verdict_of_alike N R D N' R' D' :
  R = R' -> (R = [] -> N = N') -> (N = [] <-> N' = []) -> hd_error D = hd_error D' -> verdict_of N R D = verdict_of N' R' D'.
Proof.
  intros <- K A E. unfold verdict_of. rewrite E. destruct R as [|r rs].
  - rewrite (K eq_refl). reflexivity.
  - destruct N, N'; try reflexivity; [discriminate (proj1 A eq_refl) | discriminate (proj2 A eq_refl)].
Qed.

(** If both worlds answer alike about each of the two names, they answer alike about both together. *)
Theorem one_name_suffices w w' q :
  nameless w -> nameless w' ->
  decide w (of_meeting q) = decide w' (of_meeting q) -> decide w (of_account q) = decide w' (of_account q) ->
  decide w q = decide w' q.
Proof.
  intros E E' M A.
  assert (halves : forall v, nameless v -> forall (p : order -> bool) i,
    In i (ids (filter p (named (docket_of v) q))) <->
    In i (ids (filter p (named (docket_of v) (of_meeting q)))) \/ In i (ids (filter p (named (docket_of v) (of_account q))))).
  { intros v Ev p i. rewrite !ids_in. split.
    - intros (o & I & <-). rewrite filter_In, named_in in I. destruct I as ((I & F & N) & P).
      rewrite (names_split v o q Ev I), orb_true_iff in N.
      destruct N as [N | N]; [left | right]; exists o; rewrite filter_In, named_in; auto.
    - intros [(o & I & <-) | (o & I & <-)]; rewrite filter_In, named_in in I; destruct I as ((I & F & N) & P);
        exists o; rewrite filter_In, named_in; repeat split; auto; rewrite (names_split v o q Ev I), N, ?orb_true_r; reflexivity. }
  assert (all : forall d r, named d r = filter (fun _ => true) (named d r)).
  { intros d r. induction (named d r) as [|x xs IH]; simpl; congruence. }
  assert (set_eq : forall a b, (forall i, In i (ids a) <-> In i (ids b)) -> ids a = ids b).
  { intros a b S. unfold ids in *. apply ascending_same. intros x. specialize (S x). rewrite !ascending_in in S. exact S. }
  assert (Rm := f_equal reaching_of M). assert (Ra := f_equal reaching_of A).
  unfold decide in Rm, Ra. rewrite !reaching_of_decide in Rm, Ra. simpl in Rm, Ra.
  unfold decide. unfold decide_at at 1 2. apply verdict_of_alike.
  - apply set_eq. intros i. unfold reaching. rewrite (halves w E), (halves w' E').
    unfold reaching in Rm, Ra. simpl in Rm, Ra. rewrite Rm, Ra. tauto.
  - intros none. apply set_eq. intros i. rewrite (all (docket_of w) q), (all (docket_of w') q), (halves w E), (halves w' E').
    rewrite <- !all.
    assert (Xm : ids (reaching (docket_of w) (location_of w (ip q)) (of_meeting q)) = []).
    { destruct (ids (reaching _ _ (of_meeting q))) as [|j js] eqn:X; auto.
      assert (I : In j (ids (reaching (docket_of w) (location_of w (ip q)) q))); [|rewrite none in I; destruct I].
      unfold reaching in *. simpl in *. apply (halves w E). left. rewrite X. left. reflexivity. }
    assert (Xa : ids (reaching (docket_of w) (location_of w (ip q)) (of_account q)) = []).
    { destruct (ids (reaching _ _ (of_account q))) as [|j js] eqn:X; auto.
      assert (I : In j (ids (reaching (docket_of w) (location_of w (ip q)) q))); [|rewrite none in I; destruct I].
      unfold reaching in *. simpl in *. apply (halves w E). right. rewrite X. left. reflexivity. }
    assert (Km := f_equal kept_of M). assert (Ka := f_equal kept_of A). unfold decide in Km, Ka. simpl in Km, Ka.
    rewrite (kept_of_decide _ _ _ Xm) in Km. rewrite (kept_of_decide _ _ _ Xa) in Ka.
    rewrite Rm in Xm. rewrite Ra in Xa.
    rewrite (kept_of_decide _ _ _ Xm) in Km. rewrite (kept_of_decide _ _ _ Xa) in Ka. rewrite Km, Ka. tauto.
  - assert (Am := f_equal kind_of M). assert (Aa := f_equal kind_of A). unfold decide in Am, Aa.
    assert (Nm : named (docket_of w) (of_meeting q) = [] <-> named (docket_of w') (of_meeting q) = []).
    { rewrite <- !(allow_iff_unnamed _ (location_of w (ip q)) (of_meeting q)).
      rewrite (allow_iff_unnamed (docket_of w') (location_of w (ip q)) (of_meeting q)).
      rewrite <- (allow_iff_unnamed (docket_of w') (location_of w' (ip q)) (of_meeting q)). simpl in Am. rewrite Am. tauto. }
    assert (Na : named (docket_of w) (of_account q) = [] <-> named (docket_of w') (of_account q) = []).
    { rewrite <- !(allow_iff_unnamed _ (location_of w (ip q)) (of_account q)).
      rewrite (allow_iff_unnamed (docket_of w') (location_of w (ip q)) (of_account q)).
      rewrite <- (allow_iff_unnamed (docket_of w') (location_of w' (ip q)) (of_account q)). simpl in Aa. rewrite Aa. tauto. }
    assert (both : forall v, nameless v -> (ids (named (docket_of v) q) = [] <->
      named (docket_of v) (of_meeting q) = [] /\ named (docket_of v) (of_account q) = [])).
    { intros v Ev. rewrite <- !ids_empty. specialize (halves v Ev (fun _ => true)). rewrite <- !all in halves. split.
      - intros N. rewrite N in halves.
        split; [destruct (ids (named (docket_of v) (of_meeting q))) as [|j js] | destruct (ids (named (docket_of v) (of_account q))) as [|j js]];
          auto; destruct (proj2 (halves j)); simpl; auto.
      - intros [N N']. rewrite N, N' in halves. destruct (ids (named (docket_of v) q)) as [|j js]; auto.
        destruct (proj1 (halves j) (or_introl eq_refl)) as [[] | []]. }
    rewrite (both w E), (both w' E'). tauto.
  - assert (Dm := f_equal domestic M). assert (Da := f_equal domestic A). unfold decide in Dm, Da. rewrite !domestic_of in Dm, Da.
    unfold domestics in *. simpl in *. unfold ids in *.
    assert (U : forall v, nameless v -> let p := fun o => issuer_covers (groups (docket_of v)) o (home q) in
      forall x, In x (map id (filter p (named (docket_of v) q))) <->
      In x (map id (filter p (named (docket_of v) (of_meeting q)))) \/ In x (map id (filter p (named (docket_of v) (of_account q))))).
    { intros v Ev p x. specialize (halves v Ev p x). rewrite !ascending_in in halves. exact halves. }
    rewrite (head_of_union _ _ _ (U w E)), (head_of_union _ _ _ (U w' E')). unfold first_of. rewrite Dm, Da. reflexivity.
Qed.

(** * The change is exact *)

Lemma alike_when_alone w w' q :
  real (ip q) -> (forall p, In p (probes w w') -> decide w p = decide w' p) ->
  (In (meeting q, host q) (subjects (orders (docket_of w) ++ orders (docket_of w')))
   \/ (forall o, In o (orders (docket_of w) ++ orders (docket_of w')) -> names o q = false)) ->
  decide w q = decide w' q.
Proof.
  intros R alike [S | N].
  - destruct (probe_for w w' q R S) as (p & P & _ & <- & <-). apply alike, P.
  - assert (none : forall v, (forall o, In o (orders (docket_of v)) -> names o q = false) -> named (docket_of v) q = []).
    { intros v Nv. unfold named. induction (orders (docket_of v)) as [|o os IH]; simpl; auto.
      rewrite (Nv o (or_introl eq_refl)), andb_false_r. apply IH. intros x I. apply Nv. right. exact I. }
    rewrite !unnamed_answer; auto; apply none; intros o I; apply N, in_app_iff; auto.
Qed.

Theorem change_is_empty_iff_decisions_are_equal w w' :
  nameless w -> nameless w' ->
  (change_is_empty w w' = true <-> forall q, real (ip q) -> decide w q = decide w' q).
Proof.
  intros E E'. unfold change_is_empty. rewrite forallb_forall.
  assert (same : forall v v', same_verdict v v' = true <-> v = v').
  { intros v v'. unfold same_verdict. destruct (verdict_dec v v'); split; congruence. }
  split.
  - intros all. assert (alike : forall p, In p (probes w w') -> decide w p = decide w' p) by (intros p P; apply same, all, P).
    set (os := orders (docket_of w) ++ orders (docket_of w')).
    assert (named_or_not : forall q, {existsb (fun o => names o q) os = true} + {existsb (fun o => names o q) os = false}).
    { intros q. destruct (existsb (fun o => names o q) os); auto. }
    assert (unnamed : forall q, existsb (fun o => names o q) os = false -> forall o, In o os -> names o q = false).
    { intros q N o I. apply not_true_iff_false. intros T. apply not_true_iff_false in N. apply N, existsb_exists. eauto. }
    intros q R. apply one_name_suffices; auto; apply alike_when_alone; auto.
    + destruct (named_or_not (of_meeting q)) as [N | N]; [left | right; apply unnamed, N].
      apply existsb_exists in N. destruct N as (o & I & N). eapply subject_of_meeting; eauto.
    + destruct (named_or_not (of_account q)) as [N | N]; [left | right; apply unnamed, N].
      apply existsb_exists in N. destruct N as (o & I & N). eapply subject_of_account; eauto.
      apply in_app_iff in I. destruct I as [I | I]; [apply E, I | apply E', I].
  - intros all p P. apply same, all. apply probes_in in P. destruct P as (_ & _ & A & _).
    unfold places in A. apply filter_In in A. apply is_real_iff, A.
Qed.

Lemma blocks_iff w q : blocks w q = true <-> is_blocked w q.
Proof. unfold blocks, is_blocked. destruct (kind_of (decide w q)); split; congruence. Qed.

Lemma blocked_alone w q half :
  nameless w -> half = of_meeting q \/ half = of_account q -> is_blocked w half -> is_blocked w q.
Proof.
  unfold is_blocked, decide. rewrite !blocked_iff_reached. intros E H (o & I & F & N & R). exists o.
  rewrite (names_split w o q E I). destruct H as [-> | ->]; simpl in *; rewrite N, ?orb_true_r; auto.
Qed.

Lemma exceeds_iff w w' (extra : list question) :
  nameless w -> nameless w' ->
  (forall p, In p extra -> real (ip p)) ->
  (forall q, real (ip q) -> In (meeting q, host q) (subjects (orders (docket_of w) ++ orders (docket_of w'))) ->
     exists p, In p extra /\ decide w p = decide w q /\ decide w' p = decide w' q) ->
  (existsb (fun q => blocks w' q && negb (blocks w q)) extra = true <->
   exists q, real (ip q) /\ is_blocked w' q /\ ~ is_blocked w q).
Proof.
  intros E E' reals probe. rewrite existsb_exists. split.
  - intros (p & P & B). rewrite andb_true_iff, negb_true_iff in B. destruct B as [B N]. exists p.
    split; [apply reals, P|]. split; [apply blocks_iff, B|]. rewrite <- blocks_iff. congruence.
  - intros (q & R & B & N). assert (W := B). unfold is_blocked, decide in W. apply blocked_iff_reached in W.
    destruct W as (o & I & F & M & Re). rewrite (names_split w' o q E' I), orb_true_iff in M.
    assert (H : exists half, (half = of_meeting q \/ half = of_account q) /\ names o half = true
      /\ In (meeting half, host half) (subjects (orders (docket_of w) ++ orders (docket_of w')))).
    { destruct M as [M | M].
      - exists (of_meeting q). split; [auto|]. split; [exact M|]. apply (subject_of_meeting _ q o); [apply in_app_iff; auto | exact M].
      - exists (of_account q). split; [auto|]. split; [exact M|].
        apply (subject_of_account _ q o); [apply E', I | apply in_app_iff; auto | exact M]. }
    destruct H as (half & H & Nh & S).
    assert (B' : is_blocked w' half).
    { unfold is_blocked, decide. apply blocked_iff_reached. exists o. destruct H as [-> | ->]; auto. }
    assert (N' : ~ is_blocked w half) by (intros X; apply N; eapply blocked_alone; eauto).
    assert (R' : real (ip half)) by (destruct H as [-> | ->]; exact R).
    destruct (probe half R' S) as (p & P & D & D'). exists p. split; [exact P|].
    unfold blocks. rewrite D, D'. unfold is_blocked in B', N'. rewrite B'.
    destruct (kind_of (decide w half)); simpl; auto.
Qed.

Lemma probes_real w w' p : In p (probes w w') -> real (ip p).
Proof.
  intros P. apply probes_in in P. destruct P as (_ & _ & A & _). unfold places in A. apply filter_In in A. apply is_real_iff, A.
Qed.

Theorem change_widens_iff_somebody_is_newly_blocked w w' :
  nameless w -> nameless w' ->
  (change_widens w w' = true <-> exists q, real (ip q) /\ is_blocked w' q /\ ~ is_blocked w q).
Proof.
  intros E E'. apply exceeds_iff; auto; [apply probes_real|]. intros q R S.
  destruct (probe_for w w' q R S) as (p & P & _ & D & D'). eauto.
Qed.

Theorem change_releases_iff_somebody_is_admitted_again w w' :
  nameless w -> nameless w' ->
  (change_releases w w' = true <-> exists q, real (ip q) /\ is_blocked w q /\ ~ is_blocked w' q).
Proof.
  intros E E'. apply exceeds_iff; auto; [apply probes_real|]. intros q R S.
  destruct (probe_for w w' q R) as (p & P & _ & D & D'); [|eauto].
  clear -S. unfold subjects in *. rewrite !flat_map_app, !map_app, !in_app_iff in *. tauto.
Qed.
