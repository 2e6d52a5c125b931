-- The schema after 0016_claims_refused
CREATE FUNCTION added_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME; END $$;
CREATE TABLE acceptance (
    id integer NOT NULL,
    language character varying(5) NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id integer NOT NULL,
    terms_id integer NOT NULL
);
COMMENT ON TABLE acceptance IS 'Who accepted which version, when, and in which language they read it.';
CREATE SEQUENCE acceptance_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE acceptance_id_seq OWNED BY acceptance.id;
CREATE TABLE account (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(60) NOT NULL,
    password_hash character varying(200) NOT NULL,
    role character varying(12) NOT NULL,
    language character varying(5) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    brand_id integer,
    may_reveal boolean DEFAULT false NOT NULL
);
COMMENT ON TABLE account IS 'Someone who can sign in. A moderator and a brand''s staff belong to one brand, an expert to none.';
CREATE SEQUENCE account_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE account_id_seq OWNED BY account.id;
CREATE TABLE answer (
    id integer NOT NULL,
    given jsonb NOT NULL,
    "right" boolean,
    at timestamp with time zone NOT NULL,
    attempt_id integer NOT NULL,
    question_id integer NOT NULL
);
COMMENT ON TABLE answer IS 'What was answered to one question of an attempt, once. `right` is null until it is judged.';
CREATE SEQUENCE answer_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE answer_id_seq OWNED BY answer.id;
CREATE TABLE application (
    id integer NOT NULL,
    languages jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    expert_id integer NOT NULL,
    invitation_id integer
);
COMMENT ON TABLE application IS 'That somebody applied with a brand, and the languages they want to answer in. The topics are their skills.';
CREATE SEQUENCE application_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE application_id_seq OWNED BY application.id;
CREATE TABLE attempt (
    id integer NOT NULL,
    topics jsonb NOT NULL,
    drawn jsonb NOT NULL,
    state character varying(8) NOT NULL,
    sitting character varying(40),
    reasons jsonb NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    application_id integer NOT NULL,
    chat_id integer,
    exam_id integer NOT NULL,
    expert_id integer NOT NULL,
    case_id integer
);
COMMENT ON TABLE attempt IS 'One sitting: the questions drawn for it, until when, and what came of it.';
CREATE SEQUENCE attempt_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE attempt_id_seq OWNED BY attempt.id;
CREATE TABLE audit (
    id bigint NOT NULL,
    action character varying(20) NOT NULL,
    facts jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id integer NOT NULL,
    brand_id integer NOT NULL,
    chat_id integer
);
CREATE SEQUENCE audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE audit_id_seq OWNED BY audit.id;
CREATE TABLE audithead (
    seq integer NOT NULL,
    digest bytea NOT NULL,
    key character varying(40) NOT NULL,
    seal bytea NOT NULL,
    brand_id integer NOT NULL
);
COMMENT ON TABLE audithead IS 'Where a brand''s chain ends: without it, rows taken away from the end would leave no gap.';
CREATE TABLE auditlink (
    seq integer NOT NULL,
    key character varying(40) NOT NULL,
    digest bytea NOT NULL,
    brand_id integer NOT NULL,
    audit_id bigint NOT NULL
);
COMMENT ON TABLE auditlink IS 'An audit row''s place in its brand''s chain: a keyed digest of the row and of the digest before it.';
CREATE TABLE block (
    id integer NOT NULL,
    mark character varying(64),
    reason character varying(300) NOT NULL,
    at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    lifted_at timestamp with time zone,
    brand_id integer NOT NULL,
    by_id integer NOT NULL,
    customer_id integer,
    expert_id integer
);
COMMENT ON TABLE block IS 'Who may not take part with a brand: an expert, or the browser of a customer. Over when lifted or at `until`.';
CREATE SEQUENCE block_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE block_id_seq OWNED BY block.id;
CREATE TABLE brand (
    id integer NOT NULL,
    slug character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    language character varying(5) NOT NULL,
    languages jsonb NOT NULL,
    taglines jsonb NOT NULL,
    currency character varying(3) NOT NULL,
    wait_limit_s integer NOT NULL,
    open_admission boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retention_days integer,
    rules jsonb,
    dispatch jsonb,
    recruiting boolean DEFAULT true NOT NULL,
    welcome jsonb,
    paged_until timestamp with time zone,
    paging jsonb
);
COMMENT ON TABLE brand IS 'The company in whose name customers ask.';
CREATE SEQUENCE brand_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE brand_id_seq OWNED BY brand.id;
CREATE TABLE brandkey (
    kek character varying(40) NOT NULL,
    wrapped bytea NOT NULL,
    brand_id integer NOT NULL
);
CREATE TABLE chat (
    id integer NOT NULL,
    status character varying(10) NOT NULL,
    language character varying(5) NOT NULL,
    question jsonb NOT NULL,
    reward integer NOT NULL,
    currency character varying(3) NOT NULL,
    seq integer NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    said_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by character varying(10),
    email_token character varying(20),
    answered_at timestamp with time zone,
    brand_id integer NOT NULL,
    customer_id integer NOT NULL,
    expert_id integer,
    topic_id integer NOT NULL,
    hidden integer DEFAULT 0 NOT NULL,
    offered_at timestamp with time zone,
    ring smallint DEFAULT 0 NOT NULL,
    widens_at timestamp with time zone,
    routed_by character varying(10) DEFAULT 'customer'::character varying NOT NULL,
    practice boolean DEFAULT false NOT NULL,
    asked_reward integer,
    card character varying(24) DEFAULT ''::character varying NOT NULL,
    grows_at timestamp with time zone,
    reply_due_at timestamp with time zone,
    returned smallint DEFAULT 0 NOT NULL,
    ring_before smallint DEFAULT 0 NOT NULL,
    settles_at timestamp with time zone
);
COMMENT ON TABLE chat IS 'One question and all that follows: waiting -> live -> ended, or withdrawn, or escalated.';
CREATE SEQUENCE chat_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE chat_id_seq OWNED BY chat.id;
CREATE TABLE customer (
    id integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL
);
COMMENT ON TABLE customer IS 'Who asked: a number, and the key that its values in the vault are sealed under.';
CREATE SEQUENCE customer_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE customer_id_seq OWNED BY customer.id;
CREATE TABLE customerkey (
    wrapped bytea NOT NULL,
    customer_id integer NOT NULL
);
CREATE TABLE decision (
    id integer NOT NULL,
    round smallint NOT NULL,
    what character varying(10) NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id integer NOT NULL,
    case_id integer NOT NULL
);
COMMENT ON TABLE decision IS 'What was decided, by whom and why: rows are only ever added.';
CREATE SEQUENCE decision_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE decision_id_seq OWNED BY decision.id;
CREATE TABLE device (
    id bigint NOT NULL,
    side character varying(8) NOT NULL,
    mark character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    chat_id integer NOT NULL
);
COMMENT ON TABLE device IS 'A keyed digest of the browser a chat was asked from, or claimed with. No address and no user agent is in it.';
CREATE SEQUENCE device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE device_id_seq OWNED BY device.id;
CREATE TABLE entry (
    id bigint NOT NULL,
    key character varying(60) NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    chat_id integer
);
COMMENT ON TABLE entry IS 'One thing that happened to money. `key` is unique: the same thing cannot happen twice.';
CREATE SEQUENCE entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE entry_id_seq OWNED BY entry.id;
CREATE TABLE evidence (
    id bigint NOT NULL,
    chat_id integer NOT NULL,
    review_id integer NOT NULL
);
COMMENT ON TABLE evidence IS 'A chat that a review rests on.';
CREATE SEQUENCE evidence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE evidence_id_seq OWNED BY evidence.id;
CREATE TABLE exam (
    id integer NOT NULL,
    language character varying(5) NOT NULL,
    version integer NOT NULL,
    state character varying(10) NOT NULL,
    most integer NOT NULL,
    minutes integer NOT NULL,
    attempts integer NOT NULL,
    pause_days integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    brand_id integer NOT NULL
);
COMMENT ON TABLE exam IS 'One version of a brand''s exam in one language. A published one is never changed, only followed by another.';
CREATE SEQUENCE exam_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE exam_id_seq OWNED BY exam.id;
CREATE TABLE example (
    id integer NOT NULL,
    language character varying(5) NOT NULL,
    text character varying(500) NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    topic_id integer,
    chat_id integer
);
COMMENT ON TABLE example IS 'A question, and the topic that people found it to be about: masked, without even its tokens.';
CREATE SEQUENCE example_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE example_id_seq OWNED BY example.id;
CREATE TABLE expert (
    languages jsonb NOT NULL,
    capacity integer NOT NULL,
    live integer NOT NULL,
    available boolean NOT NULL,
    account_id integer NOT NULL,
    time_zone character varying(40),
    away character varying(8),
    lost_at timestamp with time zone,
    rests_until timestamp with time zone,
    seen_at timestamp with time zone
);
COMMENT ON TABLE expert IS 'What the market knows of an expert. `live` is settled together with each claim, by a conditional update.';
CREATE TABLE gatecase (
    id integer NOT NULL,
    state character varying(8) NOT NULL,
    subject character varying(24),
    dossier jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    exam_from timestamp with time zone,
    brand_id integer NOT NULL,
    expert_id integer NOT NULL
);
COMMENT ON TABLE gatecase IS 'One pause of one expert''s offers. The dossier is what the decision is about, as it was when the gate shut.';
CREATE SEQUENCE gatecase_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE gatecase_id_seq OWNED BY gatecase.id;
CREATE TABLE handback (
    id bigint NOT NULL,
    brand_id integer NOT NULL,
    reason character varying(12) NOT NULL,
    counts boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    chat_id integer NOT NULL,
    expert_id integer NOT NULL
);
COMMENT ON TABLE handback IS 'A chat that its expert gave back, or never said a word in. Rows are only ever added.';
CREATE SEQUENCE handback_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE handback_id_seq OWNED BY handback.id;
CREATE TABLE invitation (
    id integer NOT NULL,
    note character varying(60) NOT NULL,
    email character varying(254),
    language character varying(5) NOT NULL,
    most integer NOT NULL,
    used integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    brand_id integer NOT NULL,
    made_by_id integer NOT NULL
);
COMMENT ON TABLE invitation IS 'A link that lets people apply while it lasts. Whom it is for is forgotten some time after it has ended.';
CREATE SEQUENCE invitation_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE invitation_id_seq OWNED BY invitation.id;
CREATE TABLE lesson (
    id integer NOT NULL,
    language character varying(5) NOT NULL,
    version integer NOT NULL,
    taken_until timestamp with time zone,
    learnt integer NOT NULL,
    learnt_at timestamp with time zone,
    counts bytea,
    threshold double precision NOT NULL,
    examples integer NOT NULL,
    margins_learnt integer NOT NULL,
    margins_at timestamp with time zone,
    margins bytea,
    brand_id integer NOT NULL
);
COMMENT ON TABLE lesson IS 'What a brand''s examples in one language teach. What is learnt of an older version is learnt again by a clock.';
CREATE SEQUENCE lesson_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE lesson_id_seq OWNED BY lesson.id;
CREATE TABLE login (
    id integer NOT NULL,
    token_hash character varying(64) NOT NULL,
    device character varying(120) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    account_id integer NOT NULL,
    proved_at timestamp with time zone
);
COMMENT ON TABLE login IS 'A signed-in browser or client: only the hash of its token is kept.';
CREATE SEQUENCE login_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE login_id_seq OWNED BY login.id;
CREATE TABLE message (
    id bigint NOT NULL,
    seq integer NOT NULL,
    author character varying(10) NOT NULL,
    cid character varying(64) NOT NULL,
    fingerprint bytea NOT NULL,
    segments jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    chat_id integer NOT NULL,
    amended integer,
    typed bytea
);
COMMENT ON TABLE message IS 'What was said: segments only, a value that was masked was never here.';
CREATE SEQUENCE message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE message_id_seq OWNED BY message.id;
CREATE TABLE movement (
    id bigint NOT NULL,
    topic_id integer,
    what character varying(12) NOT NULL,
    resolved boolean,
    "left" character varying(12),
    undone boolean DEFAULT false NOT NULL,
    baseline double precision,
    mu_before double precision NOT NULL,
    v_before double precision NOT NULL,
    mu_after double precision NOT NULL,
    v_after double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    chat_id integer,
    expert_id integer NOT NULL
);
COMMENT ON TABLE movement IS 'One step of an expert''s reputation with a brand, or why a rating made none: enough to explain each score.';
CREATE SEQUENCE movement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE movement_id_seq OWNED BY movement.id;
CREATE TABLE notice (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    way character varying(8) NOT NULL,
    state character varying(8) NOT NULL,
    tries smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    result character varying(40) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    brand_id integer NOT NULL,
    expert_id integer,
    invitation_id integer,
    subscription_id integer,
    topic_id integer
);
COMMENT ON TABLE notice IS 'Something that leaves the house for one person by one way: a page or an invitation, and what came of it.';
CREATE SEQUENCE notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE notice_id_seq OWNED BY notice.id;
CREATE TABLE offer (
    id bigint NOT NULL,
    number smallint NOT NULL,
    seats jsonb NOT NULL,
    open boolean NOT NULL,
    state character varying(10) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    chat_id integer NOT NULL
);
COMMENT ON TABLE offer IS 'One ring of a chat. `state` is pending until the chat is claimed, declined by all seats, expired or withdrawn.';
CREATE SEQUENCE offer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE offer_id_seq OWNED BY offer.id;
CREATE TABLE patrol (
    seen_at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL
);
COMMENT ON TABLE patrol IS 'Up to when a brand''s ended and rated chats have been looked at for signals.';
CREATE TABLE plea (
    id integer NOT NULL,
    what character varying(8) NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id integer NOT NULL
);
COMMENT ON TABLE plea IS 'What the expert says to a case, once before it is decided, and once against the decision.';
CREATE SEQUENCE plea_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE plea_id_seq OWNED BY plea.id;
CREATE TABLE posting (
    id bigint NOT NULL,
    account character varying(40) NOT NULL,
    currency character varying(3) NOT NULL,
    amount bigint NOT NULL,
    entry_id bigint NOT NULL
);
COMMENT ON TABLE posting IS 'Minor units moved to (+) or from (-) an account like `expert:7:payable`: the postings of an entry sum to 0.';
CREATE SEQUENCE posting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE posting_id_seq OWNED BY posting.id;
CREATE TABLE question (
    id integer NOT NULL,
    kind character varying(10) NOT NULL,
    topic_id integer,
    text text NOT NULL,
    options jsonb NOT NULL,
    "right" jsonb NOT NULL,
    guide text NOT NULL,
    exam_id integer NOT NULL
);
COMMENT ON TABLE question IS 'A question of the pool: choice, short, language (all scored at once), written or practice (judged by people).';
CREATE SEQUENCE question_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE question_id_seq OWNED BY question.id;
CREATE TABLE rating (
    topic_id integer NOT NULL,
    resolved boolean NOT NULL,
    stars smallint NOT NULL,
    comment jsonb NOT NULL,
    baseline double precision NOT NULL,
    mu_after double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    brand_id integer NOT NULL,
    expert_id integer NOT NULL,
    chat_id integer NOT NULL,
    blames character varying(8)
);
COMMENT ON TABLE rating IS 'Once per chat. `baseline` and `mu` are kept so that each movement of a reputation can be explained.';
CREATE TABLE reach (
    mail boolean NOT NULL,
    push boolean NOT NULL,
    webhook boolean NOT NULL,
    quiet_from smallint,
    quiet_to smallint,
    paged_at timestamp with time zone,
    account_id integer NOT NULL
);
COMMENT ON TABLE reach IS 'By which ways an expert lets brands page them, all off until they say so. Quiet hours are minutes of a day.';
CREATE TABLE reply (
    id bigint NOT NULL,
    what character varying(8) NOT NULL,
    reason character varying(12),
    behind_ms integer,
    prompt boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    chat_id integer NOT NULL,
    expert_id integer NOT NULL
);
COMMENT ON TABLE reply IS 'What an expert made of an offer: won, lost or declined. Rows are only ever added: they tell why a claim lost.';
CREATE SEQUENCE reply_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE reply_id_seq OWNED BY reply.id;
CREATE TABLE report (
    id integer NOT NULL,
    side character varying(8) NOT NULL,
    reason character varying(10) NOT NULL,
    words jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    chat_id integer NOT NULL,
    review_id integer NOT NULL
);
COMMENT ON TABLE report IS 'What one side of a chat told the brand about the other, masked, once.';
CREATE SEQUENCE report_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE report_id_seq OWNED BY report.id;
CREATE TABLE review (
    id integer NOT NULL,
    kind character varying(20) NOT NULL,
    seen integer NOT NULL,
    of integer NOT NULL,
    usual double precision NOT NULL,
    state character varying(8) NOT NULL,
    place character varying(60),
    at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    brand_id integer NOT NULL,
    expert_id integer NOT NULL
);
COMMENT ON TABLE review IS 'One signal about an expert, or one report, from when it was noticed until a person has decided.';
CREATE SEQUENCE review_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE review_id_seq OWNED BY review.id;
CREATE TABLE reviewdecision (
    what character varying(8) NOT NULL,
    note character varying(300) NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id integer NOT NULL,
    review_id integer NOT NULL
);
COMMENT ON TABLE reviewdecision IS 'What a person decided about a review, once. Rows are only ever added.';
CREATE TABLE skill (
    id integer NOT NULL,
    certified boolean NOT NULL,
    expert_id integer NOT NULL,
    topic_id integer NOT NULL,
    count double precision DEFAULT 0 NOT NULL,
    positive double precision DEFAULT 0 NOT NULL,
    languages jsonb
);
COMMENT ON TABLE skill IS 'An expert''s place in a topic: applied for, and certified or not yet.';
CREATE SEQUENCE skill_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE skill_id_seq OWNED BY skill.id;
CREATE TABLE solicitation (
    id bigint NOT NULL,
    segments jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id integer NOT NULL,
    chat_id integer NOT NULL,
    why character varying(12) DEFAULT 'solicitation'::character varying NOT NULL,
    after integer DEFAULT 0 NOT NULL
);
COMMENT ON TABLE solicitation IS 'An expert''s message that led away from here: never delivered, kept masked for the brand''s moderators.';
CREATE SEQUENCE solicitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE solicitation_id_seq OWNED BY solicitation.id;
CREATE TABLE standing (
    id integer NOT NULL,
    mu double precision NOT NULL,
    v double precision NOT NULL,
    ratings integer NOT NULL,
    resolved integer NOT NULL,
    state character varying(8) NOT NULL,
    changed_at timestamp with time zone,
    brand_id integer NOT NULL,
    expert_id integer NOT NULL,
    capacity smallint DEFAULT 1 NOT NULL,
    reentered integer,
    claims_seen_at timestamp with time zone
);
COMMENT ON TABLE standing IS 'An expert''s reputation with one brand, and whether its gate is open.';
CREATE SEQUENCE standing_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE standing_id_seq OWNED BY standing.id;
CREATE TABLE subscription (
    id integer NOT NULL,
    endpoint text NOT NULL,
    digest character varying(64) NOT NULL,
    public character varying(100) NOT NULL,
    secret character varying(40) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    login_id integer NOT NULL
);
COMMENT ON TABLE subscription IS 'Where one signed-in browser takes pushes. It goes with its login, or when the push service says it is gone.';
CREATE SEQUENCE subscription_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE subscription_id_seq OWNED BY subscription.id;
CREATE TABLE terms (
    id integer NOT NULL,
    version integer NOT NULL,
    texts jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    author_id integer NOT NULL,
    brand_id integer NOT NULL
);
COMMENT ON TABLE terms IS 'One version of what a brand asks its experts to accept, never changed and only followed by another.';
CREATE SEQUENCE terms_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE terms_id_seq OWNED BY terms.id;
CREATE TABLE ticket (
    id bigint NOT NULL,
    returned smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    score double precision NOT NULL,
    state character varying(7) NOT NULL,
    mark character varying(64),
    chat_id integer NOT NULL,
    expert_id integer NOT NULL,
    refused character varying(14)
);
COMMENT ON TABLE ticket IS 'A card that was turned in: an expert''s claim token works once each time a chat waits.';
CREATE SEQUENCE ticket_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE ticket_id_seq OWNED BY ticket.id;
CREATE TABLE topic (
    id integer NOT NULL,
    names jsonb NOT NULL,
    reward integer NOT NULL,
    "position" integer NOT NULL,
    brand_id integer NOT NULL
);
COMMENT ON TABLE topic IS 'What a question is about, and what answering it is worth (gross, minor units).';
CREATE SEQUENCE topic_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE topic_id_seq OWNED BY topic.id;
CREATE TABLE tortoise_migrations (
    id integer NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE tortoise_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE tortoise_migrations_id_seq OWNED BY tortoise_migrations.id;
CREATE TABLE vaultvalue (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    n integer NOT NULL,
    sealed bytea NOT NULL,
    mark bytea,
    chat_id integer NOT NULL,
    given boolean DEFAULT false NOT NULL
);
COMMENT ON TABLE vaultvalue IS 'One value behind one token of a chat.';
CREATE SEQUENCE vaultvalue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE vaultvalue_id_seq OWNED BY vaultvalue.id;
CREATE TABLE vote (
    id integer NOT NULL,
    good boolean NOT NULL,
    why character varying(300) NOT NULL,
    at timestamp with time zone NOT NULL,
    answer_id integer NOT NULL,
    voter_id integer NOT NULL
);
COMMENT ON TABLE vote IS 'One judgement of an answer that no machine can score. It is blind: nobody who votes sees another''s before.';
CREATE SEQUENCE vote_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE vote_id_seq OWNED BY vote.id;
ALTER TABLE ONLY acceptance ALTER COLUMN id SET DEFAULT nextval('acceptance_id_seq'::regclass);
ALTER TABLE ONLY account ALTER COLUMN id SET DEFAULT nextval('account_id_seq'::regclass);
ALTER TABLE ONLY answer ALTER COLUMN id SET DEFAULT nextval('answer_id_seq'::regclass);
ALTER TABLE ONLY application ALTER COLUMN id SET DEFAULT nextval('application_id_seq'::regclass);
ALTER TABLE ONLY attempt ALTER COLUMN id SET DEFAULT nextval('attempt_id_seq'::regclass);
ALTER TABLE ONLY audit ALTER COLUMN id SET DEFAULT nextval('audit_id_seq'::regclass);
ALTER TABLE ONLY block ALTER COLUMN id SET DEFAULT nextval('block_id_seq'::regclass);
ALTER TABLE ONLY brand ALTER COLUMN id SET DEFAULT nextval('brand_id_seq'::regclass);
ALTER TABLE ONLY chat ALTER COLUMN id SET DEFAULT nextval('chat_id_seq'::regclass);
ALTER TABLE ONLY customer ALTER COLUMN id SET DEFAULT nextval('customer_id_seq'::regclass);
ALTER TABLE ONLY decision ALTER COLUMN id SET DEFAULT nextval('decision_id_seq'::regclass);
ALTER TABLE ONLY device ALTER COLUMN id SET DEFAULT nextval('device_id_seq'::regclass);
ALTER TABLE ONLY entry ALTER COLUMN id SET DEFAULT nextval('entry_id_seq'::regclass);
ALTER TABLE ONLY evidence ALTER COLUMN id SET DEFAULT nextval('evidence_id_seq'::regclass);
ALTER TABLE ONLY exam ALTER COLUMN id SET DEFAULT nextval('exam_id_seq'::regclass);
ALTER TABLE ONLY example ALTER COLUMN id SET DEFAULT nextval('example_id_seq'::regclass);
ALTER TABLE ONLY gatecase ALTER COLUMN id SET DEFAULT nextval('gatecase_id_seq'::regclass);
ALTER TABLE ONLY handback ALTER COLUMN id SET DEFAULT nextval('handback_id_seq'::regclass);
ALTER TABLE ONLY invitation ALTER COLUMN id SET DEFAULT nextval('invitation_id_seq'::regclass);
ALTER TABLE ONLY lesson ALTER COLUMN id SET DEFAULT nextval('lesson_id_seq'::regclass);
ALTER TABLE ONLY login ALTER COLUMN id SET DEFAULT nextval('login_id_seq'::regclass);
ALTER TABLE ONLY message ALTER COLUMN id SET DEFAULT nextval('message_id_seq'::regclass);
ALTER TABLE ONLY movement ALTER COLUMN id SET DEFAULT nextval('movement_id_seq'::regclass);
ALTER TABLE ONLY notice ALTER COLUMN id SET DEFAULT nextval('notice_id_seq'::regclass);
ALTER TABLE ONLY offer ALTER COLUMN id SET DEFAULT nextval('offer_id_seq'::regclass);
ALTER TABLE ONLY plea ALTER COLUMN id SET DEFAULT nextval('plea_id_seq'::regclass);
ALTER TABLE ONLY posting ALTER COLUMN id SET DEFAULT nextval('posting_id_seq'::regclass);
ALTER TABLE ONLY question ALTER COLUMN id SET DEFAULT nextval('question_id_seq'::regclass);
ALTER TABLE ONLY reply ALTER COLUMN id SET DEFAULT nextval('reply_id_seq'::regclass);
ALTER TABLE ONLY report ALTER COLUMN id SET DEFAULT nextval('report_id_seq'::regclass);
ALTER TABLE ONLY review ALTER COLUMN id SET DEFAULT nextval('review_id_seq'::regclass);
ALTER TABLE ONLY skill ALTER COLUMN id SET DEFAULT nextval('skill_id_seq'::regclass);
ALTER TABLE ONLY solicitation ALTER COLUMN id SET DEFAULT nextval('solicitation_id_seq'::regclass);
ALTER TABLE ONLY standing ALTER COLUMN id SET DEFAULT nextval('standing_id_seq'::regclass);
ALTER TABLE ONLY subscription ALTER COLUMN id SET DEFAULT nextval('subscription_id_seq'::regclass);
ALTER TABLE ONLY terms ALTER COLUMN id SET DEFAULT nextval('terms_id_seq'::regclass);
ALTER TABLE ONLY ticket ALTER COLUMN id SET DEFAULT nextval('ticket_id_seq'::regclass);
ALTER TABLE ONLY topic ALTER COLUMN id SET DEFAULT nextval('topic_id_seq'::regclass);
ALTER TABLE ONLY tortoise_migrations ALTER COLUMN id SET DEFAULT nextval('tortoise_migrations_id_seq'::regclass);
ALTER TABLE ONLY vaultvalue ALTER COLUMN id SET DEFAULT nextval('vaultvalue_id_seq'::regclass);
ALTER TABLE ONLY vote ALTER COLUMN id SET DEFAULT nextval('vote_id_seq'::regclass);
ALTER TABLE ONLY acceptance
    ADD CONSTRAINT acceptance_pkey PRIMARY KEY (id);
ALTER TABLE ONLY account
    ADD CONSTRAINT account_email_key UNIQUE (email);
ALTER TABLE ONLY account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY answer
    ADD CONSTRAINT answer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (id);
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_sitting_key UNIQUE (sitting);
ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY audithead
    ADD CONSTRAINT audithead_pkey PRIMARY KEY (brand_id);
ALTER TABLE ONLY auditlink
    ADD CONSTRAINT auditlink_pkey PRIMARY KEY (audit_id);
ALTER TABLE ONLY block
    ADD CONSTRAINT block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY brand
    ADD CONSTRAINT brand_pkey PRIMARY KEY (id);
ALTER TABLE ONLY brand
    ADD CONSTRAINT brand_slug_key UNIQUE (slug);
ALTER TABLE ONLY brandkey
    ADD CONSTRAINT brandkey_pkey PRIMARY KEY (brand_id);
ALTER TABLE ONLY chat
    ADD CONSTRAINT chat_pkey PRIMARY KEY (id);
ALTER TABLE ONLY customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY customerkey
    ADD CONSTRAINT customerkey_pkey PRIMARY KEY (customer_id);
ALTER TABLE ONLY decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY device
    ADD CONSTRAINT device_pkey PRIMARY KEY (id);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_key_key UNIQUE (key);
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (id);
ALTER TABLE ONLY exam
    ADD CONSTRAINT exam_pkey PRIMARY KEY (id);
ALTER TABLE ONLY example
    ADD CONSTRAINT example_chat_id_key UNIQUE (chat_id);
ALTER TABLE ONLY example
    ADD CONSTRAINT example_pkey PRIMARY KEY (id);
ALTER TABLE ONLY expert
    ADD CONSTRAINT expert_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY gatecase
    ADD CONSTRAINT gatecase_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gatecase
    ADD CONSTRAINT gatecase_subject_key UNIQUE (subject);
ALTER TABLE ONLY handback
    ADD CONSTRAINT handback_pkey PRIMARY KEY (id);
ALTER TABLE ONLY invitation
    ADD CONSTRAINT invitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY lesson
    ADD CONSTRAINT lesson_pkey PRIMARY KEY (id);
ALTER TABLE ONLY login
    ADD CONSTRAINT login_pkey PRIMARY KEY (id);
ALTER TABLE ONLY login
    ADD CONSTRAINT login_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY patrol
    ADD CONSTRAINT patrol_pkey PRIMARY KEY (brand_id);
ALTER TABLE ONLY plea
    ADD CONSTRAINT plea_pkey PRIMARY KEY (id);
ALTER TABLE ONLY posting
    ADD CONSTRAINT posting_pkey PRIMARY KEY (id);
ALTER TABLE ONLY question
    ADD CONSTRAINT question_pkey PRIMARY KEY (id);
ALTER TABLE ONLY rating
    ADD CONSTRAINT rating_pkey PRIMARY KEY (chat_id);
ALTER TABLE ONLY reach
    ADD CONSTRAINT reach_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY reply
    ADD CONSTRAINT reply_pkey PRIMARY KEY (id);
ALTER TABLE ONLY report
    ADD CONSTRAINT report_pkey PRIMARY KEY (id);
ALTER TABLE ONLY report
    ADD CONSTRAINT report_review_id_key UNIQUE (review_id);
ALTER TABLE ONLY review
    ADD CONSTRAINT review_pkey PRIMARY KEY (id);
ALTER TABLE ONLY review
    ADD CONSTRAINT review_place_key UNIQUE (place);
ALTER TABLE ONLY reviewdecision
    ADD CONSTRAINT reviewdecision_pkey PRIMARY KEY (review_id);
ALTER TABLE ONLY skill
    ADD CONSTRAINT skill_pkey PRIMARY KEY (id);
ALTER TABLE ONLY solicitation
    ADD CONSTRAINT solicitation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY standing
    ADD CONSTRAINT standing_pkey PRIMARY KEY (id);
ALTER TABLE ONLY subscription
    ADD CONSTRAINT subscription_digest_key UNIQUE (digest);
ALTER TABLE ONLY subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY terms
    ADD CONSTRAINT terms_pkey PRIMARY KEY (id);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (id);
ALTER TABLE ONLY topic
    ADD CONSTRAINT topic_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tortoise_migrations
    ADD CONSTRAINT tortoise_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY acceptance
    ADD CONSTRAINT uid_acceptance_account_bb3aa9 UNIQUE (account_id, terms_id);
ALTER TABLE ONLY answer
    ADD CONSTRAINT uid_answer_attempt_849c68 UNIQUE (attempt_id, question_id);
ALTER TABLE ONLY application
    ADD CONSTRAINT uid_application_expert__23679f UNIQUE (expert_id, brand_id);
ALTER TABLE ONLY auditlink
    ADD CONSTRAINT uid_auditlink_brand_i_556a51 UNIQUE (brand_id, seq);
ALTER TABLE ONLY decision
    ADD CONSTRAINT uid_decision_case_id_0a8fa9 UNIQUE (case_id, round);
ALTER TABLE ONLY device
    ADD CONSTRAINT uid_device_chat_id_afd97b UNIQUE (chat_id, side);
ALTER TABLE ONLY evidence
    ADD CONSTRAINT uid_evidence_review__7bed3b UNIQUE (review_id, chat_id);
ALTER TABLE ONLY exam
    ADD CONSTRAINT uid_exam_brand_i_f9ce64 UNIQUE (brand_id, language, version);
ALTER TABLE ONLY handback
    ADD CONSTRAINT uid_handback_chat_id_a8328d UNIQUE (chat_id, expert_id);
ALTER TABLE ONLY lesson
    ADD CONSTRAINT uid_lesson_brand_i_786d28 UNIQUE (brand_id, language);
ALTER TABLE ONLY message
    ADD CONSTRAINT uid_message_chat_id_b0cdb0 UNIQUE (chat_id, seq);
ALTER TABLE ONLY message
    ADD CONSTRAINT uid_message_chat_id_cd8e22 UNIQUE (chat_id, author, cid);
ALTER TABLE ONLY movement
    ADD CONSTRAINT uid_movement_chat_id_e55c95 UNIQUE (chat_id, what);
ALTER TABLE ONLY offer
    ADD CONSTRAINT uid_offer_chat_id_ed144d UNIQUE (chat_id, number);
ALTER TABLE ONLY plea
    ADD CONSTRAINT uid_plea_case_id_3af290 UNIQUE (case_id, what);
ALTER TABLE ONLY posting
    ADD CONSTRAINT uid_posting_entry_i_635622 UNIQUE (entry_id, account);
ALTER TABLE ONLY reply
    ADD CONSTRAINT uid_reply_chat_id_1ff19e UNIQUE (chat_id, expert_id, what);
ALTER TABLE ONLY report
    ADD CONSTRAINT uid_report_chat_id_4ed64c UNIQUE (chat_id, side);
ALTER TABLE ONLY skill
    ADD CONSTRAINT uid_skill_expert__ef3bc7 UNIQUE (expert_id, topic_id);
ALTER TABLE ONLY standing
    ADD CONSTRAINT uid_standing_expert__48c81e UNIQUE (expert_id, brand_id);
ALTER TABLE ONLY terms
    ADD CONSTRAINT uid_terms_brand_i_5162f6 UNIQUE (brand_id, version);
ALTER TABLE ONLY ticket
    ADD CONSTRAINT uid_ticket_chat_id_1e911a UNIQUE (chat_id, returned, expert_id);
ALTER TABLE ONLY tortoise_migrations
    ADD CONSTRAINT uid_tortoise_mi_app_3803a5 UNIQUE (app, name);
ALTER TABLE ONLY vaultvalue
    ADD CONSTRAINT uid_vaultvalue_chat_id_82a091 UNIQUE (chat_id, kind, n);
ALTER TABLE ONLY vote
    ADD CONSTRAINT uid_vote_answer__c4ead2 UNIQUE (answer_id, voter_id);
ALTER TABLE ONLY vaultvalue
    ADD CONSTRAINT vaultvalue_pkey PRIMARY KEY (id);
ALTER TABLE ONLY vote
    ADD CONSTRAINT vote_pkey PRIMARY KEY (id);
CREATE INDEX idx_attempt_exam_id_5d3e65 ON attempt USING btree (exam_id, state);
CREATE INDEX idx_attempt_expert__e3bf4e ON attempt USING btree (expert_id, began_at);
CREATE INDEX idx_attempt_state_3d8ac3 ON attempt USING btree (state, ends_at);
CREATE INDEX idx_audit_brand_i_fdfbeb ON audit USING btree (brand_id, at);
CREATE INDEX idx_block_brand_i_66696b ON block USING btree (brand_id, mark);
CREATE INDEX idx_block_brand_i_c1e287 ON block USING btree (brand_id, expert_id);
CREATE INDEX idx_block_expert__fb512d ON block USING btree (expert_id);
CREATE INDEX idx_chat_brand_i_16db0d ON chat USING btree (brand_id, ended_at);
CREATE INDEX idx_chat_brand_i_ec2b6a ON chat USING btree (brand_id, status, asked_at);
CREATE INDEX idx_chat_custome_a0b0d1 ON chat USING btree (customer_id);
CREATE INDEX idx_chat_expert__45f639 ON chat USING btree (expert_id, status);
CREATE INDEX idx_chat_status_2627f7 ON chat USING btree (status, grows_at);
CREATE INDEX idx_chat_status_586e7d ON chat USING btree (status, settles_at);
CREATE INDEX idx_chat_status_72aa43 ON chat USING btree (status, reply_due_at);
CREATE INDEX idx_chat_status_da8ea9 ON chat USING btree (status, widens_at);
CREATE INDEX idx_chat_status_de3b2c ON chat USING btree (status, expires_at);
CREATE INDEX idx_device_at_223bfb ON device USING btree (at);
CREATE INDEX idx_device_brand_i_d97fdb ON device USING btree (brand_id, mark);
CREATE INDEX idx_entry_brand_i_8a5e87 ON entry USING btree (brand_id, at);
CREATE INDEX idx_entry_chat_id_74301f ON entry USING btree (chat_id);
CREATE INDEX idx_evidence_chat_id_876957 ON evidence USING btree (chat_id);
CREATE INDEX idx_example_brand_i_c8b31e ON example USING btree (brand_id, language, topic_id);
CREATE INDEX idx_expert_availab_6ba580 ON expert USING btree (available, lost_at);
CREATE INDEX idx_gatecase_brand_i_c37bec ON gatecase USING btree (brand_id, state);
CREATE INDEX idx_gatecase_expert__d10b21 ON gatecase USING btree (expert_id, brand_id);
CREATE INDEX idx_handback_brand_i_0d6f79 ON handback USING btree (brand_id, at);
CREATE INDEX idx_handback_expert__e10e8b ON handback USING btree (expert_id, at);
CREATE INDEX idx_invitation_brand_i_2e910b ON invitation USING btree (brand_id, made_at);
CREATE INDEX idx_invitation_ends_at_332706 ON invitation USING btree (ends_at);
CREATE INDEX idx_movement_brand_i_71ad42 ON movement USING btree (brand_id, at);
CREATE INDEX idx_movement_expert__73038b ON movement USING btree (expert_id, brand_id, id);
CREATE INDEX idx_notice_brand_i_8f8f80 ON notice USING btree (brand_id, made_at);
CREATE INDEX idx_notice_state_6c1f3c ON notice USING btree (state, due_at);
CREATE INDEX idx_posting_account_a04e3c ON posting USING btree (account, currency);
CREATE INDEX idx_question_exam_id_e1142e ON question USING btree (exam_id);
CREATE INDEX idx_rating_brand_i_d8afe6 ON rating USING btree (brand_id, at);
CREATE INDEX idx_rating_expert__20875f ON rating USING btree (expert_id, at);
CREATE INDEX idx_reply_expert__ba545a ON reply USING btree (expert_id, at);
CREATE INDEX idx_review_brand_i_993fc3 ON review USING btree (brand_id, state, at);
CREATE INDEX idx_review_expert__58537c ON review USING btree (expert_id, brand_id);
CREATE INDEX idx_skill_topic_i_17ed92 ON skill USING btree (topic_id, certified);
CREATE INDEX idx_solicitatio_account_a627d5 ON solicitation USING btree (account_id, at);
CREATE INDEX idx_solicitatio_chat_id_bd2a4b ON solicitation USING btree (chat_id, at);
CREATE INDEX idx_ticket_expert__bb9d48 ON ticket USING btree (expert_id, at);
CREATE INDEX idx_vaultvalue_mark_645f8c ON vaultvalue USING btree (mark);
CREATE TRIGGER audit_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_added_only;
CREATE TRIGGER auditlink_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON auditlink FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE auditlink ENABLE ALWAYS TRIGGER auditlink_added_only;
CREATE TRIGGER decision_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE decision ENABLE ALWAYS TRIGGER decision_added_only;
CREATE TRIGGER entry_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_added_only;
CREATE TRIGGER posting_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE posting ENABLE ALWAYS TRIGGER posting_added_only;
CREATE TRIGGER reviewdecision_added_only BEFORE DELETE OR UPDATE OR TRUNCATE ON reviewdecision FOR EACH STATEMENT EXECUTE FUNCTION added_only();
ALTER TABLE reviewdecision ENABLE ALWAYS TRIGGER reviewdecision_added_only;
ALTER TABLE ONLY acceptance
    ADD CONSTRAINT acceptance_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY acceptance
    ADD CONSTRAINT acceptance_terms_id_fkey FOREIGN KEY (terms_id) REFERENCES terms(id) ON DELETE RESTRICT;
ALTER TABLE ONLY account
    ADD CONSTRAINT account_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY answer
    ADD CONSTRAINT answer_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES attempt(id) ON DELETE CASCADE;
ALTER TABLE ONLY answer
    ADD CONSTRAINT answer_question_id_fkey FOREIGN KEY (question_id) REFERENCES question(id) ON DELETE RESTRICT;
ALTER TABLE ONLY application
    ADD CONSTRAINT application_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY application
    ADD CONSTRAINT application_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY application
    ADD CONSTRAINT application_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES invitation(id) ON DELETE RESTRICT;
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_application_id_fkey FOREIGN KEY (application_id) REFERENCES application(id) ON DELETE RESTRICT;
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_case_id_fkey FOREIGN KEY (case_id) REFERENCES gatecase(id) ON DELETE RESTRICT;
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id) ON DELETE RESTRICT;
ALTER TABLE ONLY attempt
    ADD CONSTRAINT attempt_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY audithead
    ADD CONSTRAINT audithead_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY auditlink
    ADD CONSTRAINT auditlink_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES audit(id) ON DELETE RESTRICT;
ALTER TABLE ONLY auditlink
    ADD CONSTRAINT auditlink_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY block
    ADD CONSTRAINT block_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY block
    ADD CONSTRAINT block_by_id_fkey FOREIGN KEY (by_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY block
    ADD CONSTRAINT block_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customer(id) ON DELETE RESTRICT;
ALTER TABLE ONLY block
    ADD CONSTRAINT block_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY brandkey
    ADD CONSTRAINT brandkey_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY chat
    ADD CONSTRAINT chat_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY chat
    ADD CONSTRAINT chat_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customer(id) ON DELETE RESTRICT;
ALTER TABLE ONLY chat
    ADD CONSTRAINT chat_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY chat
    ADD CONSTRAINT chat_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE RESTRICT;
ALTER TABLE ONLY customer
    ADD CONSTRAINT customer_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY customerkey
    ADD CONSTRAINT customerkey_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customer(id) ON DELETE CASCADE;
ALTER TABLE ONLY decision
    ADD CONSTRAINT decision_by_id_fkey FOREIGN KEY (by_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY decision
    ADD CONSTRAINT decision_case_id_fkey FOREIGN KEY (case_id) REFERENCES gatecase(id) ON DELETE RESTRICT;
ALTER TABLE ONLY device
    ADD CONSTRAINT device_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY device
    ADD CONSTRAINT device_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY entry
    ADD CONSTRAINT entry_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY evidence
    ADD CONSTRAINT evidence_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY evidence
    ADD CONSTRAINT evidence_review_id_fkey FOREIGN KEY (review_id) REFERENCES review(id) ON DELETE RESTRICT;
ALTER TABLE ONLY exam
    ADD CONSTRAINT exam_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY example
    ADD CONSTRAINT example_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY example
    ADD CONSTRAINT example_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY example
    ADD CONSTRAINT example_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE RESTRICT;
ALTER TABLE ONLY expert
    ADD CONSTRAINT expert_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY gatecase
    ADD CONSTRAINT gatecase_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY gatecase
    ADD CONSTRAINT gatecase_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY handback
    ADD CONSTRAINT handback_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY handback
    ADD CONSTRAINT handback_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY invitation
    ADD CONSTRAINT invitation_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY invitation
    ADD CONSTRAINT invitation_made_by_id_fkey FOREIGN KEY (made_by_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY lesson
    ADD CONSTRAINT lesson_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY login
    ADD CONSTRAINT login_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE ONLY message
    ADD CONSTRAINT message_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY movement
    ADD CONSTRAINT movement_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES invitation(id) ON DELETE RESTRICT;
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE SET NULL;
ALTER TABLE ONLY notice
    ADD CONSTRAINT notice_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE RESTRICT;
ALTER TABLE ONLY offer
    ADD CONSTRAINT offer_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY patrol
    ADD CONSTRAINT patrol_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY plea
    ADD CONSTRAINT plea_case_id_fkey FOREIGN KEY (case_id) REFERENCES gatecase(id) ON DELETE RESTRICT;
ALTER TABLE ONLY posting
    ADD CONSTRAINT posting_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES entry(id) ON DELETE RESTRICT;
ALTER TABLE ONLY question
    ADD CONSTRAINT question_exam_id_fkey FOREIGN KEY (exam_id) REFERENCES exam(id) ON DELETE CASCADE;
ALTER TABLE ONLY rating
    ADD CONSTRAINT rating_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY rating
    ADD CONSTRAINT rating_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY rating
    ADD CONSTRAINT rating_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY reach
    ADD CONSTRAINT reach_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE ONLY reply
    ADD CONSTRAINT reply_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY reply
    ADD CONSTRAINT reply_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY report
    ADD CONSTRAINT report_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY report
    ADD CONSTRAINT report_review_id_fkey FOREIGN KEY (review_id) REFERENCES review(id) ON DELETE RESTRICT;
ALTER TABLE ONLY review
    ADD CONSTRAINT review_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY review
    ADD CONSTRAINT review_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY reviewdecision
    ADD CONSTRAINT reviewdecision_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY reviewdecision
    ADD CONSTRAINT reviewdecision_review_id_fkey FOREIGN KEY (review_id) REFERENCES review(id) ON DELETE RESTRICT;
ALTER TABLE ONLY skill
    ADD CONSTRAINT skill_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE CASCADE;
ALTER TABLE ONLY skill
    ADD CONSTRAINT skill_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE RESTRICT;
ALTER TABLE ONLY solicitation
    ADD CONSTRAINT solicitation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY solicitation
    ADD CONSTRAINT solicitation_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY standing
    ADD CONSTRAINT standing_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY standing
    ADD CONSTRAINT standing_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY subscription
    ADD CONSTRAINT subscription_login_id_fkey FOREIGN KEY (login_id) REFERENCES login(id) ON DELETE CASCADE;
ALTER TABLE ONLY terms
    ADD CONSTRAINT terms_author_id_fkey FOREIGN KEY (author_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY terms
    ADD CONSTRAINT terms_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY ticket
    ADD CONSTRAINT ticket_expert_id_fkey FOREIGN KEY (expert_id) REFERENCES account(id) ON DELETE RESTRICT;
ALTER TABLE ONLY topic
    ADD CONSTRAINT topic_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brand(id) ON DELETE RESTRICT;
ALTER TABLE ONLY vaultvalue
    ADD CONSTRAINT vaultvalue_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chat(id) ON DELETE RESTRICT;
ALTER TABLE ONLY vote
    ADD CONSTRAINT vote_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES answer(id) ON DELETE CASCADE;
ALTER TABLE ONLY vote
    ADD CONSTRAINT vote_voter_id_fkey FOREIGN KEY (voter_id) REFERENCES account(id) ON DELETE RESTRICT;
