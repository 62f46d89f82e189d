(** The answers of the model, found faster: what depends on the world alone is worked out once, and what several answers need is worked
    out once for all of them. The theorems say that the answers are those of the definitions. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision Explain TheoremsWorld Sweep ChangeOrders.
Import ListNotations.
Open Scope Z_scope.

(** As [map], and needs no stack: sources can have many rows. *)
Fixpoint map_onto {A B} (f : A -> B) (l : list A) (done : list B) : list B :=
  match l with [] => done | x :: rest => map_onto f rest (f x :: done) end.
Definition mapped {A B} (f : A -> B) (l : list A) : list B := rev_append (map_onto f l []) [].

Lemma mapped_is {A B} (f : A -> B) l : mapped f l = map f l.
Proof.
  assert (E : forall done, map_onto f l done = rev (map f l) ++ done).
  { induction l as [|x l IH]; intros done; [reflexivity|]. simpl. rewrite IH, <- app_assoc. reflexivity. }
  unfold mapped. rewrite rev_append_rev, E, !app_nil_r, rev_involutive. reflexivity.
Qed.

(** * A world that was read *)

(** A row with its range as it is read, and its width. *)
Record prepared_row := PreparedRow { its_span : span; its_width : Z; its_region : region }.

(** A source that does not exclude, and whether it speaks at special-purpose addresses. *)
Record prepared_source := PreparedSource { speaks_at_special : bool; its_rows : list prepared_row }.

(** An order with the regions of its issuer, and its ranges as they are read. *)
Record prepared_order := PreparedOrder {
  its_order : order;
  its_area : list region;
  its_networks : list span;
  its_exempt : list span
}.

Record prepared := Prepared {
  its_min_sources : nat;
  its_excluded : list span;
  its_sources : list prepared_source;
  its_orders : list prepared_order
}.

Definition prepare_row (r : row) : prepared_row := PreparedRow (read_span (row_span r)) (row_width r) (row_region r).
Definition prepare_source (s : source) : prepared_source := PreparedSource (lists_own_networks s) (mapped prepare_row (rows s)).
Definition prepare_order gs (o : order) : prepared_order :=
  PreparedOrder o (jurisdiction gs o) (map read_span (networks o)) (map read_span (exempt o)).
Definition excluded_by (s : source) : list span :=
  if excludes s then mapped (fun r => read_span (row_span r)) (rows s) else [].

Definition prepare (w : world) : prepared :=
  Prepared (min_sources w) (flat_map excluded_by (sources w)) (map prepare_source (speaking (sources w)))
    (map (prepare_order (groups (docket_of w))) (orders (docket_of w))).

(** Whether a range that was read holds an address in its canonical form. *)
Definition spans (a : address) (s : span) : bool :=
  family_eqb (span_family s) (family_of a) && (first s <=? number a) && (number a <=? last s).

Lemma holds_spans s a : holds s a = spans (canonical a) (read_span s).
Proof. reflexivity. Qed.

Lemma existsb_mapped {A B} (f : A -> B) p l : existsb p (map f l) = existsb (fun x => p (f x)) l.
Proof. induction l as [|x l IH]; simpl; [|rewrite IH]; reflexivity. Qed.

Lemma forallb_mapped {A B} (f : A -> B) p l : forallb p (map f l) = forallb (fun x => p (f x)) l.
Proof. induction l as [|x l IH]; simpl; [|rewrite IH]; reflexivity. Qed.

Lemma filter_mapped {A B} (f : A -> B) p l : filter p (map f l) = map f (filter (fun x => p (f x)) l).
Proof. induction l as [|x l IH]; simpl; [reflexivity|]. rewrite IH. destruct (p (f x)); reflexivity. Qed.

Lemma some_spans ss a : existsb (spans (canonical a)) (map read_span ss) = some_holds ss a.
Proof. rewrite existsb_mapped. reflexivity. Qed.

(** * Locations *)

Definition special_spans : list span := map read_span special_networks.

(** One pass finds the least width, and one the rows that have it. *)
Definition least_width (r : prepared_row) (rest : list prepared_row) : Z :=
  fold_left (fun least other => Z.min least (its_width other)) rest (its_width r).

Definition narrowest_prepared (rs : list prepared_row) : list prepared_row :=
  match rs with
  | [] => []
  | r :: rest => let least := least_width r rest in filter (fun x => its_width x <=? least) rs
  end.

Definition unanimous_prepared (rs : list prepared_row) : opinion :=
  match rs with
  | [] => Silent
  | r :: rest =>
      if forallb (fun other => region_eqb (its_region r) (its_region other)) rest then opinion_of_region (its_region r) else Disputed
  end.

Definition opinion_of_prepared (special : bool) (a : address) (s : prepared_source) : opinion :=
  if special && negb (speaks_at_special s) then Silent
  else unanimous_prepared (narrowest_prepared (filter (fun r => spans a (its_span r)) (its_rows s))).

(** The location of an address in its canonical form. *)
Definition locate_prepared (w : prepared) (a : address) : location :=
  if existsb (spans a) (its_excluded w) then Unlocated
  else let special := existsb (spans a) special_spans in
       agreement (its_min_sources w) (map (opinion_of_prepared special a) (its_sources w)).

Lemma least_width_is x r rest :
  (x <=? least_width r rest) = (x <=? its_width r) && forallb (fun other => x <=? its_width other) rest.
Proof.
  unfold least_width. generalize (its_width r) as m. induction rest as [|y rest IH]; intros m; simpl.
  - rewrite andb_true_r. reflexivity.
  - rewrite IH. replace (x <=? Z.min m (its_width y)) with ((x <=? m) && (x <=? its_width y)).
    + rewrite andb_assoc. reflexivity.
    + apply eq_true_iff_eq. rewrite andb_true_iff, !Z.leb_le. lia.
Qed.

Lemma narrowest_is rs : narrowest_prepared (map prepare_row rs) = map prepare_row (narrowest rs).
Proof.
  unfold narrowest. destruct rs as [|r rest]; [reflexivity|].
  change (narrowest_prepared (map prepare_row (r :: rest)))
    with (filter (fun x => its_width x <=? least_width (prepare_row r) (map prepare_row rest)) (map prepare_row (r :: rest))).
  rewrite filter_mapped. f_equal. apply filter_ext. intros x. rewrite least_width_is, forallb_mapped. reflexivity.
Qed.

Lemma unanimous_is rs : unanimous_prepared (map prepare_row rs) = unanimous rs.
Proof. destruct rs as [|r rest]; [reflexivity|]. simpl. rewrite forallb_mapped. reflexivity. Qed.

Lemma opinion_is s a : opinion_of_prepared (is_special a) (canonical a) (prepare_source s) = opinion_of s a.
Proof.
  unfold opinion_of_prepared, opinion_of. change (speaks_at_special (prepare_source s)) with (lists_own_networks s).
  destruct (is_special a && negb (lists_own_networks s)); [reflexivity|].
  change (its_rows (prepare_source s)) with (mapped prepare_row (rows s)).
  rewrite mapped_is, filter_mapped, narrowest_is, unanimous_is. reflexivity.
Qed.

Lemma excluded_is ss a : existsb (spans (canonical a)) (flat_map excluded_by ss) = excluded ss a.
Proof.
  unfold excluded. induction ss as [|s ss IH]; [reflexivity|]. simpl. rewrite existsb_app, IH. f_equal.
  unfold excluded_by. destruct (excludes s); [|reflexivity]. rewrite mapped_is, existsb_mapped. reflexivity.
Qed.

Theorem locating_in_a_prepared_world_is_locating w a : locate_prepared (prepare w) (canonical a) = location_of w a.
Proof.
  unfold locate_prepared, location_of, locate. cbv zeta.
  change (its_excluded (prepare w)) with (flat_map excluded_by (sources w)). rewrite excluded_is.
  destruct (excluded (sources w) a); [reflexivity|]. unfold special_spans. rewrite some_spans.
  change (its_sources (prepare w)) with (map prepare_source (speaking (sources w))). rewrite map_map. unfold opinions.
  change (some_holds special_networks a) with (is_special a). change (its_min_sources (prepare w)) with (min_sources w).
  f_equal. apply map_ext. intros s. apply opinion_is.
Qed.

(** * Decisions and explanations *)

(** An address in its canonical form, and its location. *)
Record place := Place { place_address : address; place_location : location }.

Definition place_of (w : prepared) (a : address) : place := let c := canonical a in Place c (locate_prepared w c).

Definition narrowed (o : prepared_order) (a : address) : bool :=
  match its_networks o with [] => true | ns => existsb (spans a) ns end.

Definition prepared_reason (o : prepared_order) (p : place) (t : Z) : reason :=
  if negb (is_in_force_status (order_status (its_order o))) then NotInForce
  else if match effective (its_order o) with Some start => t <? start | None => false end then NotYetEffective
  else if match expires (its_order o) with Some stop => stop <=? t | None => false end then Expired
  else match place_location p with
  | Unlocated => OfUnlocated
  | Contested => OfContested
  | Located r =>
      if negb (cover (its_area o) r) then Outside
      else if negb (regions_admit (its_order o) r) then NotInRegions
      else if negb (narrowed o (place_address p)) then NotInNetworks
      else if existsb (spans (place_address p)) (its_exempt o) then Exempt
      else Reaches
  end.

Definition considered : Type := list (prepared_order * reason).

(** The orders that name the meeting or the account, each with its reason. The home is not asked. *)
Definition consider (w : prepared) (p : place) (q : question) : considered :=
  map (fun o => (o, prepared_reason o p (at_time q))) (filter (fun o => names (its_order o) q) (its_orders w)).

Definition ids_considered (c : considered) : list string := ascending (map (fun x => id (its_order (fst x))) c).

Definition verdict_considered (c : considered) (home : region) : verdict :=
  let named := filter (fun x => is_reason_of_force (snd x)) c in
  verdict_of (ids_considered named) (ids_considered (filter (fun x => is_reaches (snd x)) named))
    (ids_considered (filter (fun x => cover (its_area (fst x)) home) named)).

Definition reasons_considered (c : considered) : list (string * reason) := map (fun x => (id (its_order (fst x)), snd x)) c.

Lemma narrowed_is gs o a : narrowed (prepare_order gs o) (canonical a) = networks_admit o a.
Proof.
  unfold narrowed, networks_admit. change (its_networks (prepare_order gs o)) with (map read_span (networks o)).
  destruct (networks o) as [|n ns]; [reflexivity|]. exact (some_spans (n :: ns) a).
Qed.

Lemma prepared_reason_is gs o l a t : prepared_reason (prepare_order gs o) (Place (canonical a) l) t = reason_of gs o l a t.
Proof.
  unfold prepared_reason, reason_of. change (its_order (prepare_order gs o)) with o.
  change (place_location (Place (canonical a) l)) with l. change (place_address (Place (canonical a) l)) with (canonical a).
  change (its_exempt (prepare_order gs o)) with (map read_span (exempt o)).
  rewrite narrowed_is, some_spans. reflexivity.
Qed.

(** The orders considered, by the model's definitions. *)
Definition considered_of (w : world) (q : question) : considered :=
  map (fun o => (prepare_order (groups (docket_of w)) o,
                 reason_of (groups (docket_of w)) o (location_of w (ip q)) (ip q) (at_time q)))
    (filter (fun o => names o q) (orders (docket_of w))).

Lemma place_of_is w a : place_of (prepare w) a = Place (canonical a) (location_of w a).
Proof. unfold place_of. cbv zeta. rewrite locating_in_a_prepared_world_is_locating. reflexivity. Qed.

Lemma consider_is w q : consider (prepare w) (place_of (prepare w) (ip q)) q = considered_of w q.
Proof.
  rewrite place_of_is. unfold consider, considered_of.
  change (its_orders (prepare w)) with (map (prepare_order (groups (docket_of w))) (orders (docket_of w))).
  rewrite filter_mapped, map_map.
  apply map_ext. intros o. rewrite prepared_reason_is. reflexivity.
Qed.

(** The ids of some of the orders considered that are in force are those of some of the orders named. *)
Lemma ids_considered_are w q (p : prepared_order * reason -> bool) (p' : order -> bool) :
  (forall o, in_force o (at_time q) = true ->
     p (prepare_order (groups (docket_of w)) o,
        reason_of (groups (docket_of w)) o (location_of w (ip q)) (ip q) (at_time q)) = p' o) ->
  ids_considered (filter p (filter (fun x => is_reason_of_force (snd x)) (considered_of w q)))
  = ids (filter p' (named (docket_of w) q)).
Proof.
  intros P. unfold ids_considered, ids, named, considered_of. f_equal.
  induction (orders (docket_of w)) as [|o os IH]; [reflexivity|]. cbn [filter]. destruct (names o q); cbn [map filter].
  - cbn [snd]. rewrite reason_of_force, andb_true_r. destruct (in_force o (at_time q)) eqn:F; cbn [filter]; [|exact IH].
    rewrite (P o F). destruct (p' o); cbn [map]; [apply (f_equal (cons (id o)))|]; exact IH.
  - rewrite andb_false_r. exact IH.
Qed.

Theorem deciding_in_a_prepared_world_is_deciding w q :
  verdict_considered (consider (prepare w) (place_of (prepare w) (ip q)) q) (home q) = decide w q.
Proof.
  rewrite consider_is. unfold verdict_considered, decide, decide_at, reaching, domestics. cbv zeta. f_equal.
  - assert (all : forall A (l : list A), filter (fun _ => true) l = l).
    { intros A l. induction l as [|x l IH]; simpl; [|rewrite IH]; reflexivity. }
    rewrite <- (all _ (filter (fun x => is_reason_of_force (snd x)) (considered_of w q))), <- (all _ (named (docket_of w) q)).
    apply ids_considered_are. intros; reflexivity.
  - apply ids_considered_are. intros o F. cbn [snd]. rewrite reason_reaches, F. reflexivity.
  - apply ids_considered_are. intros; reflexivity.
Qed.

Theorem explaining_in_a_prepared_world_is_explaining w q :
  reasons_considered (consider (prepare w) (place_of (prepare w) (ip q)) q) = explain w q.
Proof. rewrite consider_is. unfold reasons_considered, considered_of. rewrite map_map. reflexivity. Qed.

(** * Sweeps *)

(** As [sweep_from], by any function that decides. *)
Fixpoint sweep_by {K} (verdict_at : address -> verdict) (people : list (K * address)) (done : swept K) : swept K :=
  match people with
  | [] => done
  | (key, a) :: rest =>
      let v := verdict_at a in
      sweep_by verdict_at rest
        match kind_of v with
        | BlockParticipant => Swept (to_remove done ++ [(key, v)]) (staying done)
        | Allow | KeepMeeting => Swept (to_remove done) (staying done ++ [key])
        end
  end.

Definition sweep_prepared {K} (w : prepared) (q : question) (people : list (K * address)) : swept K :=
  sweep_by (fun a => verdict_considered (consider w (place_of w a) (asked_of a q)) (home q)) people (Swept [] []).

Theorem sweeping_in_a_prepared_world_is_sweeping {K} w q (people : list (K * address)) :
  sweep_prepared (prepare w) q people = sweep w q people.
Proof.
  unfold sweep_prepared, sweep. generalize (@Swept K [] []) as done.
  induction people as [|[key a] rest IH]; intros done; [reflexivity|]. cbn [sweep_by sweep_from]. cbv zeta. rewrite IH.
  assert (D := deciding_in_a_prepared_world_is_deciding w (asked_of a q)).
  change (ip (asked_of a q)) with a in D. change (home (asked_of a q)) with (home q) in D. rewrite D. reflexivity.
Qed.

(** * What one order reaches *)

Definition reach_prepared (w : prepared) (i : string) (p : place) : bool :=
  existsb (fun o =>
    String.eqb (id (its_order o)) i && is_in_force_status (order_status (its_order o))
    && match place_location p with
       | Located r =>
           cover (its_area o) r && regions_admit (its_order o) r && narrowed o (place_address p)
           && negb (existsb (spans (place_address p)) (its_exempt o))
       | Contested | Unlocated => false
       end) (its_orders w).

Theorem reaching_in_a_prepared_world_is_reaching w i a :
  reach_prepared (prepare w) i (place_of (prepare w) a) = reach_of w i a.
Proof.
  rewrite place_of_is. unfold reach_prepared, reach_of.
  change (its_orders (prepare w)) with (map (prepare_order (groups (docket_of w))) (orders (docket_of w))).
  rewrite existsb_mapped. induction (orders (docket_of w)) as [|o os IH]; [reflexivity|]. cbn [existsb]. rewrite IH. f_equal.
  change (its_order (prepare_order (groups (docket_of w)) o)) with o. f_equal.
  change (place_location (Place (canonical a) (location_of w a))) with (location_of w a).
  change (place_address (Place (canonical a) (location_of w a))) with (canonical a).
  change (its_exempt (prepare_order (groups (docket_of w)) o)) with (map read_span (exempt o)).
  rewrite narrowed_is, some_spans. reflexivity.
Qed.
