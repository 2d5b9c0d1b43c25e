using TlsFsm.Packaging;

switch (args)
{
    case ["documentation", var assembly, var whole, var result]:
        PublicDocumentation.Write(assembly, whole, result);
        return 0;
    case ["notes", var changelog, var version, var result]:
        File.WriteAllText(result, ReleaseNotes.Of(File.ReadAllText(changelog), version));
        return 0;
    default:
        Console.Error.WriteLine("usage: documentation <assembly> <its documentation> <result> | notes <CHANGELOG.md> <version> <result>");
        return 2;
}
