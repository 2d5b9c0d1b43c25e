using System.Globalization;
using TlsFsm.Cli.Reporting;

namespace TlsFsm.Cli.Doctor;

/// <summary>A diagnosis as a page.</summary>
internal static class DoctorPage
{
    public static string Write(Diagnosis diagnosis)
    {
        var grade = diagnosis.Grade;
        var title = $"{diagnosis.Peer} as '{diagnosis.ServerName}'";
        return ReportPage.Of(
            title,
            $"<h1>{Html.Of(title)}</h1>\n"
            + $"<p class=\"ending {(grade.Letter == "F" ? "bad" : "good")}\"><b>Grade {grade.Letter}.</b> "
            + $"{(grade.Reasons.Count == 0 ? "Nothing is wrong." : string.Join("<br>", grade.Reasons.Select(Html.Of)))}</p>\n"
            + string.Create(
                CultureInfo.InvariantCulture,
                $"<p>Asked {diagnosis.Connections} times at {diagnosis.At:yyyy-MM-dd HH:mm:ss'Z'}.</p>\n")
            + string.Concat(diagnosis.Versions.Select(VersionOf))
            + "<h2>Handshake</h2>\n" + Html.Table(["question", "answer"],
            [
                ["application protocols", Words(diagnosis.ApplicationProtocols)],
                ["refuses unknown protocols", Words(diagnosis.RefusesUnknownProtocols)],
                ["serves without a name", Words(diagnosis.ServesWithoutName)],
                ["serves an unknown name", Words(diagnosis.ServesUnknownName)],
                ["OCSP stapling", Words(diagnosis.OcspStapling)],
                ["secure renegotiation", Words(diagnosis.SecureRenegotiation)],
                ["extended master secret", Words(diagnosis.ExtendedMasterSecret)],
                ["asks for a client certificate", Words(diagnosis.AsksForClientCertificate)],
            ])
            + string.Concat(diagnosis.Certificates.Select(CertificateOf))
            + "<h2>Not tested, because this tool cannot ask for it</h2>\n<ul>"
            + string.Concat(diagnosis.NotTested.Select(one => $"<li>{Html.Of(one)}</li>")) + "</ul>\n");
    }

    private static string VersionOf(VersionFinding version)
    {
        List<string[]> rows = [["accepted", Words(version.Accepted)]];
        foreach (var (name, list) in new[]
        {
            ("cipher suites", version.CipherSuites), ("groups", version.Groups), ("signature schemes", version.SignatureSchemes),
        })
        {
            if (list is not null)
                rows.Add([name, Words(list)]);
        }

        if (version.Resumption is { } resumption)
            rows.Add(["resumption", Words(resumption)]);
        return $"<h2>{Html.Of(version.Version)}</h2>\n{Html.Table(["question", "answer"], rows)}";
    }

    private static string CertificateOf(CertificateFinding certificate) => "<h2>Certificate</h2>\n" + Html.Table(["fact", "value"],
    [
        ["subject", certificate.Subject],
        ["for", string.Join(", ", certificate.Names)],
        ["issuer", certificate.Issuer],
        ["valid", string.Create(
            CultureInfo.InvariantCulture, $"{certificate.NotBefore:yyyy-MM-dd HH:mm'Z'} to {certificate.NotAfter:yyyy-MM-dd HH:mm'Z'}")],
        ["key", certificate.Key],
        ["signature", certificate.Signature],
        ["sent with it", string.Join(", then ", certificate.SentWithIt)],
        ["SHA-256", certificate.Fingerprint],
    ]);

    private static string Words(Finding finding) => finding.Answer switch
    {
        Answer.Yes => "yes",
        Answer.No => "no",
        _ => "not tested",
    } + (finding.Detail is { } detail ? $": {detail}" : "");

    private static string Words(AcceptedList list) =>
        (list.Names.Count == 0 ? "none of those offered" : string.Join(", ", list.Names))
        + (list.Trouble is { } trouble ? $"; perhaps more: {trouble}" : "");
}
