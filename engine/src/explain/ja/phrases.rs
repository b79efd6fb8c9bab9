//! Words of the engine that stand in documents, in Japanese: subjects, facts, and the reasons why
//! nothing vouches for some bytes.
//!
//! The details of decoding errors stay in English: they name fields of specifications.

use crate::explain::phrase::Phrase;

/// What findings are about, and the names of artefacts.
pub(in crate::explain) const SUBJECTS: &[Phrase] = &[
    ("host", "ホスト"),
    ("bank {}", "バンク {1}"),
    ("pcr {} ({})", "PCR {1} ({2})"),
    ("event {} (pcr {})", "イベント {1} (PCR {2})"),
    ("variable {}", "変数 {1}"),
    ("measurement {}", "測定 {1}"),
    ("CI policy {}", "CI ポリシー {1}"),
    ("policy {}", "ポリシー {1}"),
    ("baseline {}", "ベースライン {1}"),
    ("platform_identifier", "プラットフォーム ID"),
    ("ek_public", "EK 公開キー"),
    ("ek_certificate", "EK 証明書"),
    ("ek_intermediates", "ホストの中間証明書"),
    ("ak_public", "構成証明キー"),
    ("ak_certificate", "AK 証明書"),
    ("activated_secret", "アクティブ化された秘密"),
    ("quotes[{}].other_ak_public", "クォート {1} のキー"),
    ("quotes[{}].attest", "クォート {1}"),
    ("quotes[{}].signature", "クォート {1} の署名"),
    ("quotes[{}].pcr_values", "クォート {1} の PCR 値"),
    ("event_log", "イベント ログ"),
    ("ci_policies[{}]", "CI ポリシー ファイル {1}"),
    ("recorded_pcrs.{}", "記録された PCR 値 ({1})"),
];

/// What was expected or found.
pub(in crate::explain) const FACTS: &[Phrase] = &[
    // Measurements.
    ("not measured", "測定なし"),
    ("none measured", "測定なし"),
    ("empty or not measured", "空または測定なし"),
    ("not quoted", "クォートなし"),
    ("none", "なし"),
    ("not 0", "0 以外"),
    ("contradictory: {}", "矛盾する値: {1}"),
    ("one key", "1 つのキー"),
    ("several keys", "複数のキー"),
    ("1 entry", "1 エントリ"),
    ("{} entries", "{1} エントリ"),
    ("{} bytes", "{1} バイト"),
    ("an image of the baseline; {} in all", "ベースラインのイメージ (全 {1} 件)"),
    ("{} with digest {}", "{1} (ダイジェスト {2})"),
    ("{} records, the first is event {}", "{1} レコード (最初はイベント {2})"),
    // Replay.
    ("the register ends before event {}", "PCR の値はイベント {1} の前で終わっています"),
    ("event {} was never extended", "イベント {1} は PCR に拡張されていません"),
    ("the digest of event {} was altered", "イベント {1} のダイジェストが変更されています"),
    (
        "the TPM was started at locality {}, the log says otherwise",
        "TPM はローカリティ {1} で起動されましたが、ログと異なります",
    ),
    // Secure Boot.
    ("data that its digest does not cover", "ダイジェストの対象外のデータ"),
    (
        "neither a variable, an action nor a separator",
        "変数、アクション、セパレーターのいずれでもないもの",
    ),
    ("an authority that is not in `db`", "`db` にない署名機関"),
    ("variable `{}` for the second time", "2 回目の変数 `{1}`"),
    ("variable `{}` behind the separator", "セパレーターの後の変数 `{1}`"),
    ("one separator", "1 つのセパレーター"),
    ("{} separators", "{1} 個のセパレーター"),
    ("the separator of a firmware that failed", "失敗したファームウェアのセパレーター"),
    ("an authority, because Secure Boot is on", "署名機関 (セキュア ブートがオンのため)"),
    ("keys, because Secure Boot is on", "キー (セキュア ブートがオンのため)"),
    // Windows.
    ("an authority of Windows", "Windows の署名機関"),
    ("none in PCR 7", "PCR 7 になし"),
    ("Windows' authorities alone", "Windows の署名機関のみ"),
    ("`{}` approved an image, too", "`{1}` もイメージを承認しています"),
    ("`{}` where Windows writes none", "Windows が書き込まない位置の `{1}`"),
    (
        "{} `WBCL` separators in PCR {}, expected one",
        "PCR {2} に `WBCL` セパレーターが {1} 個 (期待値は 1 個)",
    ),
    (
        "PCR 11 does not hold the opening and the cap, but {} events",
        "PCR 11 が開始と封鎖ではなく {1} 個のイベントを保持",
    ),
    ("PCR 12 and 13 state `{}` differently", "PCR 12 と 13 で `{1}` が異なります"),
    ("PCR 12 and 13 name different modules", "PCR 12 と 13 でモジュールが異なります"),
    ("{} images, the first is `{}`", "{1} 個のイメージ (最初は `{2}`)"),
    // References.
    ("delta `{}`, until {}", "差分 `{1}` (期限 {2})"),
    ("a baseline that is registered as {}", "{1} として登録されたベースライン"),
    ("a policy that is registered as {}", "{1} として登録されたポリシー"),
    ("an EK that is registered as {}", "{1} として登録された EK"),
    (
        "a policy registered as {}; {} in all; `{}` is `{}` (version {}, {}, sha256 {})",
        "{1} として登録されたポリシー (全 {2} 件)。`{3}` は `{4}` (バージョン {5}、{6}、sha256 {7})",
    ),
    ("a policy registered as {}; {} in all", "{1} として登録されたポリシー (全 {2} 件)"),
    ("a registered key; {} in all", "登録されたキー (全 {1} 件)"),
    ("{}, which is `{}` ({}; {}; {}; {})", "{1}。これは `{2}` ({3}、{4}、{5}、{6})"),
    ("{}, which is `{}` ({}; {}; {})", "{1}。これは `{2}` ({3}、{4}、{5})"),
    ("{}, which is `{}` ({}; {})", "{1}。これは `{2}` ({3}、{4})"),
    ("{}, which is `{}` ({})", "{1}。これは `{2}` ({3})"),
    ("{}, which is the whole of `{}`, signature included", "{1}。これは署名を含む `{2}` 全体です"),
    ("`{}` (version {}, {})", "`{1}` (バージョン {2}、{3})"),
    ("audit mode", "監査モード"),
    ("enforced", "強制モード"),
    ("with `{}`", "`{1}` あり"),
    ("without `{}`", "`{1}` なし"),
    ("in version {}", "バージョン {1}"),
    ("converted to format {}, ties in the order `{}`", "形式 {1} に変換、同順位の並びは `{2}`"),
    ("version {}, {} {}", "バージョン {1}、{2} {3}"),
    // Keys and certificates.
    ("a signing scheme", "署名方式"),
    ("the fingerprint of ROCA (CVE-2017-15361)", "ROCA の特徴 (CVE-2017-15361)"),
    ("another EK", "別の EK"),
    ("an empty secret proves nothing", "空の秘密 (何も証明しません)"),
    ("another secret than the credential holds", "資格情報とは異なる秘密"),
    ("cannot be decoded", "デコードできません"),
    ("certifies another key", "別のキーを証明しています"),
    ("is not a certificate for attestation keys", "構成証明キー用の証明書ではありません"),
    ("certificate {} of the chain: {}", "チェーンの証明書 {1}: {2}"),
    ("has expired", "有効期限が切れています"),
    ("is not yet valid", "まだ有効ではありません"),
    ("is signed over SHA-1", "SHA-1 で署名されています"),
    ("is a root of version 1", "バージョン 1 のルートです"),
    ("has an RSA key of {} bits", "RSA キーが {1} ビットです"),
    ("names another key identifier than its issuer has", "キー識別子が発行者のものと異なります"),
    ("{} (key identifier `{}`)", "{1} (キー識別子 `{2}`)"),
    ("no certificate of the issuer `{}` is known", "発行者 `{1}` の証明書がありません"),
    (
        "the last certificate is self-issued and no trusted root",
        "最後の証明書は自己発行で、信頼されたルートではありません",
    ),
    (
        "the certificate in question is itself a trusted root",
        "対象の証明書自体が信頼されたルートです",
    ),
    (
        "no trusted root within {} certificates",
        "{1} 個以内の証明書では信頼されたルートに到達しません",
    ),
    ("the certificates issue one another in a circle", "証明書の発行関係が循環しています"),
    ("issuer `{}`: {}", "発行者 `{1}`: {2}"),
    ("the certificate in question: {}", "対象の証明書: {1}"),
    ("`{}` <- {}", "`{1}` <- {2}"),
    (
        "certificate {} of the path: {}, which the policy refuses",
        "パスの証明書 {1}: {2} (ポリシーが拒否)",
    ),
    ("certificate {} of the path is revoked", "パスの証明書 {1} は失効しています"),
    ("no path was found within {} signatures", "{1} 回以内の署名検証ではパスが見つかりません"),
    (
        "no path was found within {} attempts to find an issuer",
        "発行者の探索 {1} 回以内ではパスが見つかりません",
    ),
    (
        "the host sent {} certificates, at most {} are taken",
        "ホストが証明書を {1} 個送信しました (上限 {2} 個)",
    ),
    ("is no certification authority", "証明機関ではありません"),
    ("may not sign certificates by its key usage", "キー使用法により証明書に署名できません"),
    ("a revocation list of its issuer does not verify", "発行者の失効リストを検証できません"),
    ("its issuer must not sign revocation lists", "発行者は失効リストに署名できません"),
    ("a newer revocation list of its issuer was due", "発行者の失効リストが更新期限を過ぎています"),
    ("the issuer's key is not usable", "発行者のキーを使用できません"),
    (
        "the issuer's key is not of the kind that makes such signatures",
        "発行者のキーの種類が署名と合いません",
    ),
    ("the signature does not verify", "署名を検証できません"),
];

/// What a change of the rules is about, and what it costs.
pub(in crate::explain) const CHANGES: &[Phrase] = &[
    ("the boot of this bundle", "このバンドルの起動"),
    ("the EK of this bundle", "このバンドルの EK"),
    (
        "v1 with this EK, baseline and CI policy registered as v1",
        "EK、ベースライン、CI ポリシーを v1 として登録",
    ),
    (
        "whatever this host booted counts as good from now on, on every host",
        "以後、このホストで起動したものがすべてのホストで正常と見なされます",
    ),
    (
        "the policy's content is not measured, only its digest: read the file before you trust it",
        "ポリシーの内容ではなくダイジェストだけが測定されています。信頼する前にファイルを確認してください",
    ),
    (
        "whoever holds this key can read the memory dumps of every host",
        "このキーを持つ者は、すべてのホストのメモリ ダンプを読み取れます",
    ),
    (
        "the machine with this TPM becomes a guarded host: make sure whose it is",
        "この TPM を持つマシンが保護されたホストになります。誰のマシンか確認してください",
    ),
    (
        "no manufacturer vouches for the TPM: it may be software",
        "TPM を保証する製造元がありません。ソフトウェアの可能性があります",
    ),
    (
        "any loader may run, and could write everything that Windows seems to measure",
        "任意のローダーが実行でき、Windows の測定に見えるものをすべて書き込めます",
    ),
    (
        "hosts with any firmware settings and any loader are accepted",
        "ファームウェアの設定とローダーを問わず、ホストが受け入れられます",
    ),
    (
        "a debugger can read and change the memory of shielded VMs",
        "デバッガーが、シールドされた VM のメモリを読み書きできます",
    ),
    (
        "hosts may run any program and any signed driver",
        "ホストは任意のプログラムと署名済みドライバーを実行できます",
    ),
    (
        "an attacker in the kernel can run unsigned code there",
        "カーネルに侵入した攻撃者が、署名のないコードを実行できます",
    ),
    (
        "a resumed host shows nothing of its operating system",
        "再開したホストのオペレーティング システムについて何も確認できません",
    ),
    (
        "keys of shielded VMs are not kept from the host's administrators",
        "シールドされた VM のキーが、ホストの管理者から保護されません",
    ),
    (
        "a device can read the memory of shielded VMs",
        "デバイスが、シールドされた VM のメモリを読み取れます",
    ),
    (
        "memory of shielded VMs may lie on disk in plain",
        "シールドされた VM のメモリが、平文でディスクに残る可能性があります",
    ),
    (
        "whoever holds the disk can change the operating system",
        "ディスクを持つ者がオペレーティング システムを変更できます",
    ),
    (
        "the memory of the host may lie on disk in plain",
        "ホストのメモリが、平文でディスクに残る可能性があります",
    ),
    (
        "crash dumps hold the memory of the host in plain",
        "クラッシュ ダンプにホストのメモリが平文で含まれます",
    ),
    ("crash dumps hold the memory of the host", "クラッシュ ダンプにホストのメモリが含まれます"),
    (
        "somebody else's key may open the crash dumps",
        "第三者のキーでクラッシュ ダンプを開ける可能性があります",
    ),
];

/// Why nothing vouches for some bytes.
pub(in crate::explain) const UNBOUND: &[Phrase] = &[
    ("the log's header is not measured", "ログのヘッダーは測定されない"),
    ("the type of an event is not measured", "イベントの種類は測定されない"),
    ("the digest does not cover this data", "ダイジェストの対象外のデータ"),
    ("informational events are not measured", "情報イベントは測定されない"),
    ("this bank is not quoted", "クォートに含まれないバンク"),
    ("this register is not quoted", "クォートに含まれない PCR"),
    (
        "the order of events of different registers is not measured",
        "異なる PCR のイベント間の順序は測定されない",
    ),
    ("recorded without a signature, and not in the log", "署名なしで記録され、ログにない"),
    ("a file at hand explains, and decides nothing", "手元のファイルは説明にのみ使われる"),
    ("padding behind the last event", "最後のイベントの後の余分な領域"),
    (
        "this key is merely named: its quote can only contradict",
        "名前だけのキー: そのクォートは矛盾の検出にのみ使われる",
    ),
    (
        "padding, and registers that the quote does not select",
        "余分な領域と、クォートが選択していない PCR",
    ),
    (
        "the AK is merely named: nothing binds it to the EK",
        "名前だけの AK: EK に結び付けるものがない",
    ),
    ("the AK's certificate covers the key only", "AK 証明書の対象はキーのみ"),
    ("no trusted root stands behind the EK certificate", "EK 証明書の背後に信頼されたルートがない"),
    (
        "the EK's certificate and registration cover the key only",
        "EK の証明書と登録の対象はキーのみ",
    ),
];
