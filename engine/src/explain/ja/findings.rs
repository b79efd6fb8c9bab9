//! The finding codes in Japanese: meaning and remedy of each.

use crate::finding::FindingCode;

macro_rules! messages {
    ($( $name:ident = $meaning:literal, $remedy:literal; )*) => {
        /// What a code means.
        pub(in crate::explain) const fn meaning(code: FindingCode) -> &'static str {
            match code { $( FindingCode::$name => $meaning, )* }
        }

        /// What can be done about it; empty where there is nothing to do.
        pub(in crate::explain) const fn remedy(code: FindingCode) -> &'static str {
            match code { $( FindingCode::$name => $remedy, )* }
        }
    };
}

messages! {
    // TPM の身元。
    EkMissing =
        "EK 公開キーも EK 証明書も渡されていません",
        "管理者権限でプラットフォーム ID を取得し直してください";
    IdentifierUnreadable =
        "プラットフォーム ID を読み取れません",
        "管理者権限で `Get-PlatformIdentifier` を実行し、取得し直してください";
    EkUnreadable =
        "EK 公開キーのエンコードが未知の形式です",
        "`TPM2B_PUBLIC`、PEM または DER で渡してください";
    EkCertificateMissing =
        "ホストに EK 証明書がないため、TPM を保証する製造元がありません",
        "ベンダーのサービスから証明書を取得するか、EK を v1 として登録してください";
    EkCertificateUnreadable =
        "EK 証明書をデコードできません",
        "NV インデックス全体を読み取り、取得し直してください";
    EkCertificateUnfit =
        "この証明書は保証キー (EK) 用に発行されたものではありません",
        "TPM の NV インデックスにある EK 証明書を渡してください";
    EkCertificateQuirk =
        "EK 証明書が DER から外れていますが、このチップでは既知のものです",
        "";
    EkCertificateNote =
        "EK 証明書のチェーンは受け入れられましたが、留保があります",
        "許容できるか判断してください。ベンダーの新しい証明書または失効リストで解消する場合があります";
    EkProfileDeviation =
        "EK 証明書が TCG の EK 資格情報プロファイルから外れています",
        "";
    EkKeyMismatch =
        "EK 証明書が証明しているキーは、渡された EK 公開キーと異なります",
        "同じ TPM の同じ種類のキーについて、両方を取得してください";
    EkKeyWeak =
        "この種類の EK は秘密キーを割り出される可能性があります",
        "TPM のファームウェアを更新して TPM をクリアするか、マシンを交換してください";
    EkAttributesUnfit =
        "EK の属性が保証キーのものではありません",
        "TCG の既定のテンプレートから作成された EK を取得してください";
    EkChainUntrusted =
        "EK 証明書のチェーンが、信頼された TPM ルートにつながりません",
        "ベンダーのルート証明書と中間証明書を追加してください";
    EkNotRegistered =
        "このバージョンでは、この EK を持つホストが登録されていません",
        "ホストのプラットフォーム ID を登録してください";
    EkAssumedRegistered =
        "登録情報がないため、この EK が手動で v1 として登録されているものと仮定しています",
        "EK 証明書を検証するには、TPM ベンダーのルート証明書を指定してください";

    // クォートに署名するキー。
    AkMissing =
        "構成証明キー (AK) が渡されていません",
        "AK の公開領域を渡してください";
    AkUnreadable =
        "構成証明キーのエンコードが未知の形式です",
        "`TPM2B_PUBLIC` で渡してください";
    AkAttributesUnknown =
        "構成証明キーに公開領域がないため、制限付きの TPM キーであることを確認できません",
        "PEM ではなく `TPM2B_PUBLIC` で渡してください";
    AkAttributesUnfit =
        "構成証明キーは、TPM から出ることのない制限付き署名キーではありません",
        "AK を restricted、fixedTPM、fixedParent、sensitiveDataOrigin、sign で、decrypt なしで作成してください";
    AkKeyWeak =
        "構成証明キーの強度が不足しています",
        "RSA-2048、P-256 または P-384 のキーを作成してください";
    AkNotBound =
        "構成証明キーが EK と同じ TPM にあることを示すものがありません",
        "資格情報をアクティブ化するか、登録時に AK の名前を保存するか、AK 証明書を渡してください";
    AkActivationMismatch =
        "アクティブ化で得られた秘密が資格情報のものと異なるか、資格情報が別のキー用に作成されています",
        "この EK と AK でアクティブ化をやり直してください";
    AkNameMismatch =
        "構成証明キーの名前が、このホストについて保存された名前と一致しません",
        "新しい AK で資格情報をアクティブ化してください";
    AkCertificateUntrusted =
        "AK 証明書では構成証明キーを証明できません",
        "代わりに資格情報をアクティブ化するか、信頼された CA によるこの AK の証明書を渡してください";

    // クォート。
    QuoteMissing =
        "クォートがないため、PCR の値を示す署名がありません",
        "必須の PCR のクォートを取得してください";
    QuoteUnreadable =
        "クォートをデコードできません",
        "クォートを取得し直し、TPM が返した `TPMS_ATTEST` と `TPMT_SIGNATURE` をそのまま渡してください";
    QuoteNotTpmGenerated =
        "署名された構造体が TPM のマジック値で始まっていません。どのソフトウェアでも作成できるものです",
        "TPM 内でクォートを取得し直してください。解消しない場合は、このホストを信頼しないでください";
    QuoteTypeWrong =
        "署名された構造体は TPM の証明データですが、クォートではありません",
        "`TPM2_Quote` が返したものを渡してください";
    QuoteSignatureInvalid =
        "クォートの署名を構成証明キーで検証できません",
        "同時に取得したクォート、署名、AK を渡してください";
    QuoteSchemeMismatch =
        "クォートの署名方式またはハッシュが構成証明キーのものと異なります",
        "構成証明キーの作成時に指定した方式とハッシュでクォートを取得してください";
    QuotePcrNotSelected =
        "必須の PCR がクォートに含まれていません",
        "必須のバンクについて、必須の PCR をすべて含むクォートを取得してください";
    QuoteDigestMismatch =
        "PCR 値のハッシュが、署名されたダイジェストと一致しません",
        "このクォートに対応する値を渡してください";
    QuotePcrValuesUnreadable =
        "PCR 値のファイルをデコードできません",
        "クォートと一緒に取得し直してください";
    QuotesContradict =
        "同じ PCR について、2 つのクォートの値が異なります",
        "すべての PCR を 1 回でクォートしてください";
    QuotesTooMany =
        "クォートの数が上限を超えています",
        "必須の PCR をすべて含む 1 つのクォートを渡してください";
    NonceMismatch =
        "クォートは別のチャレンジに対するものです。リプレイの可能性があります",
        "発行された nonce でクォートを取得し直してください";
    NonceNotChecked =
        "nonce が指定されていないため、クォートが新しいことを確認できません",
        "チャレンジの nonce を指定してください";
    ClockWentBack =
        "TPM のリセット カウンターが前回の構成証明より小さくなっています。TPM がクリアまたは交換されています",
        "TPM を意図してクリアまたは交換した場合は、ホストを登録し直してください";

    // イベント ログ。
    LogMissing =
        "イベント ログがないため、何が測定されたかを確認できません",
        "ファームウェアのブート サービスを使って起動するか (Windows は使用し、セキュア ブートがオフのときの GRUB の `linux` は使用しません)、ファームウェアを更新してください";
    LogEmpty =
        "イベント ログが空です",
        "取得し直してください";
    LogUnreadable =
        "イベント ログを最後までデコードできません",
        "取得し直してください。解消しない場合は、ファームウェアを更新してください";
    LogPadding =
        "イベント ログの末尾に余分な領域があります",
        "";
    LogBankMissing =
        "イベント ログに必須のバンクのダイジェストがありません",
        "ファームウェアの設定でバンクを有効にしてください";
    LogCoverageGap =
        "必須のバンクのダイジェストがないレコードがあります",
        "ファームウェアを更新してください。すべてのイベントを必須のバンクに測定する必要があります";
    StartupLocalityInvalid =
        "ログの `StartupLocality` レコードが重複しているか、位置または値が正しくありません",
        "ログを取得し直してください。解消しない場合は、ファームウェアを更新してください";
    PcrReplayMismatch =
        "ログから計算した値が PCR と一致しません。イベントが変更、追加または削除されています",
        "同じ起動のログとクォートを取得してください";
    PcrUnlogged =
        "PCR が拡張されていますが、ログに対応するイベントがありません",
        "PCR を拡張しているものを特定してください。ファームウェアの場合は更新してください";
    RecordedPcrMismatch =
        "ログと一緒に記録された PCR 値がログと矛盾しています",
        "同時に取得したファイルを渡してください";
    BankCapped =
        "Windows がこのバンクをログなしの拡張で封鎖しています。このバンクは使用されません",
        "";
    BankCarteBlanche =
        "ファームウェアがこのバンクを一度も拡張していません。攻撃者が起動の記録をすべて偽造できます",
        "ファームウェアを更新するか、このバンクを無効にしてください";
    EventUndecodable =
        "イベントのデータをデコードできません",
        "";
    EventUnbound =
        "ポリシーが参照するイベントのデータのハッシュが、そのダイジェストと一致しません",
        "ログを取得し直してください。解消しない場合はファームウェアを更新し、それまでこのホストを信頼しないでください";

    // セキュア ブート。
    SecureBootOff =
        "セキュア ブートがオフです",
        "ファームウェアの設定でセキュア ブートを有効にしてください";
    SecureBootUnknown =
        "セキュア ブートがオンかどうか、ログから確認できません",
        "ファームウェアを更新してください。変数 `SecureBoot` を測定する必要があります";
    SecureBootEventsInvalid =
        "PCR 7 のイベントがファームウェア プロファイルの規則に違反しています",
        "ログを取得し直してください。解消しない場合は、ファームウェアを更新してください";
    UefiDebugMode =
        "ファームウェアのデバッガーが有効です",
        "運用環境用のファームウェアを使用してください";
    DmaProtectionDisabled =
        "DMA 保護が無効であるとファームウェアが報告しています",
        "ファームウェアの設定で有効にしてください";
    SecurityLevelDowngraded =
        "セキュリティ レベルの低下をファームウェアが報告しています",
        "ファームウェアの設定で、何が低下させたかを特定してください";

    // ベースライン。
    BaselineMissing =
        "TPM ベースラインが登録されていません",
        "正常なホストからベースラインを作成し、登録してください";
    BaselineVersionMixed =
        "ホストはベースラインに一致しますが、そのバージョンがホストの登録のバージョンと異なります",
        "ホストの ID と同じバージョンでベースラインを登録し直してください";
    BaselineBankDiffers =
        "ベースラインは別のバンクで取得されています",
        "必須のバンクでベースラインを作成し直してください";
    BaselineThirdPartyCa =
        "ベースラインが Microsoft のサード パーティ UEFI CA を許可しています。レベル `secure_boot` では、この CA で署名された別のローダーも一致します",
        "レベル `boot_chain` でベースラインを作成してください";
    BaselineDeltaUsed =
        "期限付きで許容された変更があるために、ホストがベースラインに一致しています",
        "期限までに新しいベースラインを作成するか、ホストの変更を元に戻してください";
    BaselineDeltaExpired =
        "ホストの変更はベースラインと併せて許容されていましたが、その期限が過ぎています",
        "変更後のホストから新しいベースラインを作成するか、変更を改めて許容するか、ホストの変更を元に戻してください";
    DbxEntriesAdded =
        "禁止された署名のデータベース `dbx` のエントリが増えています",
        "意図した更新であれば、新しいベースラインを作成してください";
    DbxEntriesRemoved =
        "禁止された署名のデータベース `dbx` のエントリが減っています。失効したコードが再び実行される可能性があります",
        "変更した者を特定し、失効リストを元に戻してください";
    SecureBootVariableChanged =
        "セキュア ブートの変数がベースラインと異なります",
        "意図した変更であれば、新しいベースラインを作成してください";
    SecureBootVariableMissing =
        "ベースラインにあるセキュア ブートの変数が測定されていません",
        "測定されなくなった理由を特定してください。意図した変更であれば、新しいベースラインを作成してください";
    LaunchAuthorityAdded =
        "ベースラインにない署名機関がイメージを承認しています",
        "意図した変更であれば、新しいベースラインを作成してください";
    LaunchAuthorityMissing =
        "ベースラインにある署名機関が、どのイメージも承認していません",
        "意図した変更であれば、新しいベースラインを作成してください";
    FirmwareActionChanged =
        "ファームウェアが PCR 7 に報告した状態がベースラインと異なります",
        "ファームウェアの設定の変更点を特定してください。意図した変更であれば、新しいベースラインを作成してください";
    BootImageNotAllowed =
        "ベースラインで許可されていないブート アプリケーションが実行されました",
        "意図した更新であれば、新しいベースラインを作成してください";
    BootImageMissing =
        "ベースラインにあるブート アプリケーションが実行されていません",
        "意図した変更であれば、新しいベースラインを作成してください";
    BootImagesMissing =
        "ブート アプリケーションが 1 つも測定されていません",
        "完全ブートの後にログを取得し直してください。解消しない場合は、ファームウェアを更新してください";
    KernelCommandLineChanged =
        "カーネルのコマンド ラインがベースラインと異なります",
        "意図した変更であれば、新しいベースラインを作成してください";
    BootVariableChanged =
        "ブート変数がベースラインと異なります",
        "ファームウェアのブート エントリを元に戻してください。意図した変更であれば、新しいベースラインを作成してください";
    BootActionChanged =
        "ファームウェアのブート試行がベースラインと異なります。ブート オプションが拒否されたか、制御が戻っています",
        "どのブート オプションが拒否されたかを特定してください。意図した変更であれば、新しいベースラインを作成してください";
    BootFileChanged =
        "ブート ローダーが読み取ったファイルがベースラインと異なります",
        "意図した変更であれば、新しいベースラインを作成してください";
    MeasurementChanged =
        "測定値がベースラインと異なります",
        "意図した変更であれば、新しいベースラインを作成してください";
    PcrDiffersFromBaseline =
        "PCR の値がベースラインと異なります",
        "変更点は他の検出事項を参照してください。意図した変更であれば、新しいベースラインを作成してください";

    // Windows 自身の測定。
    WindowsNotMeasured =
        "Windows のブート マネージャーが PCR 11 から 13 に何も測定していません",
        "完全ブートのログを取得してください。Windows 以外のホストにはプロファイル `linux` を使用してください";
    WindowsEventsInvalid =
        "PCR 11 から 14 のイベントが、Windows が書き込むものと異なります",
        "完全ブートの後にログを取得し直してください。解消しない場合は、このホストを信頼しないでください";
    EventsBehindSeparator =
        "Windows が PCR を閉じた後に測定が行われています。稼働中のシステムは、そこに任意の値を書き込めます",
        "ホストを再起動し、PCR を拡張しているものを特定してください";
    WindowsNotVouched =
        "これらの測定を Windows のブート マネージャーが書き込んだことを示すものがありません。ファームウェアが許可する別のローダーでも書き込めます",
        "実行してよいブート アプリケーションを列挙する、レベル `boot_chain` のベースラインを登録してください";
    BootDebuggingOn =
        "ブート デバッガーがオフになっていません",
        "`bcdedit /bootdebug off` を実行し、再起動してください";
    KernelDebuggingOn =
        "カーネル デバッガーがオフになっていません",
        "`bcdedit /debug off` を実行し、再起動してください";
    HypervisorDebuggingOn =
        "ハイパーバイザー デバッガーがオフになっていません",
        "`bcdedit /set hypervisordebug off` を実行し、再起動してください";
    CodeIntegrityOff =
        "カーネルがコードの署名を検証していません",
        "`bcdedit /set nointegritychecks off` を実行し、再起動してください";
    CiPolicyMissing =
        "コード整合性ポリシーが登録されていません",
        "ホストに適用されているポリシーを登録してください";
    CiPolicyNotMeasured =
        "ホストにコード整合性ポリシーが適用されていません",
        "ポリシーを適用し、再起動してください";
    CiPolicyNotRegistered =
        "適用されているコード整合性ポリシーが、どれも登録されていません",
        "適用されているポリシーを登録するか (署名済みの場合は署名のないコピー)、登録済みのポリシーを適用して再起動してください";
    CiPolicyAuditOnly =
        "適用中のコード整合性ポリシーは、ブロックすべきものを記録するだけです",
        "`portcullis ci-policy set-option POLICY.xml 3 --delete` を実行して変換し、新しいポリシーを適用して登録した後、再起動してください";
    CiPolicyVersionMixed =
        "適用されているポリシーは登録されていますが、そのバージョンがホストの ID と異なります",
        "ホストの ID と同じバージョンでポリシーを登録し直してください";
    HypervisorEnforcedCiOff =
        "ハイパーバイザーによるコード整合性の強制 (HVCI) が有効ではありません",
        "仮想化ベースのコード整合性の保護を有効にし、再起動してください";
    NotFullBoot =
        "ホストは完全ブートではなく、休止状態から再開しています",
        "ホストを再起動してください";
    VsmNotRunning =
        "仮想セキュア モード (VSM) が起動していません",
        "仮想化ベースのセキュリティを有効にし、再起動してください";
    VsmIdentityKeyMissing =
        "仮想セキュア モード (VSM) は動作していますが、ID キーがありません",
        "Host Guardian Hyper-V サポート機能をインストールし、再起動してください";
    PageFileNotEncrypted =
        "ページ ファイルが暗号化されていません",
        "`fsutil behavior set encryptpagingfile 1` を実行し、再起動してください";
    BitLockerOff =
        "オペレーティング システム ボリュームが BitLocker で保護されていません",
        "BitLocker を有効にするか、ポリシーを無効にしてください";
    IommuNotRequired =
        "仮想セキュア モード (VSM) が IOMMU なしでも起動する構成です",
        "ファームウェアの設定で IOMMU を有効にし、セキュア ブートと DMA 保護を必須にしてください";
    HibernationEnabled =
        "休止状態が無効になっていません",
        "`powercfg /hibernate off` を実行し、再起動してください";
    DumpsEnabled =
        "メモリ ダンプが無効になっていません",
        "クラッシュ ダンプを無効にするか、このポリシーを無効にしてダンプの暗号化を必須にしてください";
    DumpsNotEncrypted =
        "メモリ ダンプが有効で、暗号化されていません",
        "クラッシュ ダンプを無効にするか暗号化を構成し、再起動してください";
    DumpKeyNotRegistered =
        "メモリ ダンプの暗号化キーが登録されていません",
        "キーを登録するか、登録済みのキーを使用してください";
    TestSigningOn =
        "テスト キーで署名されたドライバーが許可されています",
        "`bcdedit /set testsigning off` を実行し、再起動してください";
    FlightSigningOn =
        "プレリリース キーで署名されたコードが許可されています",
        "`bcdedit /set flightsigning off` を実行し、再起動してください";
    SafeModeOn =
        "Windows がセーフ モードで動作しています",
        "ホストを通常どおり再起動してください";
    WindowsPeRunning =
        "インストール済みのシステムではなく Windows PE が動作しています",
        "インストール済みのシステムを起動してください";
    ModuleNotValidated =
        "署名が有効でないイメージが読み込まれています",
        "どのドライバーかを特定し、テスト署名を無効にして再起動するか、ドライバーを交換してください";
    BootCounterMismatch =
        "Windows のブート カウンターが TPM のリセット カウンターと異なります。別の起動のログであるか、AK が保証階層のキーではありません",
        "保証階層の AK で、同じ起動のログとクォートを取得してください";
    SecureBootPolicyChanged =
        "セキュア ブート構成ポリシーがベースラインと異なります",
        "意図した変更であれば、新しいベースラインを作成してください";

    // 評価全体。
    NoVersionAccepted =
        "ポリシー セットが、どの構成証明バージョンのホストも受け入れません",
        "v2、v1 または両方を受け入れるようにしてください";
    AllChecksHold =
        "求められたすべての検査に合格しました",
        "";
}
