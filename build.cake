// dotnet tool restore && dotnet cake [--target=Build|Test|Diagrams|Draw|Pack|ListParts|TryPackages|Site|SiteOfBuilt|CI] [--configuration=Release]

var target = Argument("target", "CI");
var configuration = Argument("configuration", "Release");

const string Solution = "TlsFsm.sln";
const string Drawings = "StateDiagrams/StateDiagrams.csproj";
const string Artifacts = "artifacts";

Task("Build")
    .Description("Restores and builds everything; warnings are errors.")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration }));

Task("Test")
    .Description("Runs all tests. What a test needs beyond .NET is ignored with a reason where it is missing; not under CI=true.")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true }));

Task("Diagrams")
    .Description("Checks that the committed drawings and tables are those of the running machines.")
    .IsDependentOn("Build")
    .Does(() => Draw("--check"));

Task("Draw")
    .Description("Writes the drawings and tables; the SVGs where Graphviz is installed.")
    .IsDependentOn("Build")
    .Does(() => Draw());

Task("Pack")
    .Description("Makes the packages, symbols and source links inside, and a list of the parts of each (SBOM), in artifacts/.")
    .IsDependentOn("Build")
    .Does(() =>
    {
        CleanDirectory(Artifacts);
        DotNetPack(Solution, new DotNetPackSettings { Configuration = configuration, NoBuild = true, OutputDirectory = Artifacts });
        foreach (var package in GetFiles($"{Artifacts}/*.nupkg"))
            ListParts(package);
    });

Task("ListParts")
    .Description("Lists the parts (SBOM, CycloneDX) of the packages that are in artifacts/, beside them.")
    .Does(() =>
    {
        foreach (var package in GetFiles($"{Artifacts}/*.nupkg"))
            ListParts(package);
    });

Task("TryPackages")
    .Description("Takes the packages from artifacts/ as a stranger's program does: an echo, a page by Kestrel, the tool.")
    .IsDependentOn("Pack")
    .Does(() =>
    {
        // A package of the same number from the run before must not stand in for this one.
        CleanDirectory("Packages.Tests/obj/packages");
        DotNetTest("Packages.Tests/Packages.Tests.csproj");
    });

#load "Site/site.cake"

Task("CI")
    .Description("Everything that a change has to pass.")
    .IsDependentOn("Test")
    .IsDependentOn("Diagrams")
    .IsDependentOn("TryPackages");

RunTarget(target);

// From what the restore has written down; asks nobody.
void ListParts(FilePath package)
{
    var file = package.GetFilenameWithoutExtension().ToString();
    var number = System.Text.RegularExpressions.Regex.Match(file, @"\.[0-9]+\.[0-9]+\.[0-9]+.*$").Value;
    var name = file[..^number.Length];
    var project = name == "TlsFsm" ? "Engine" : name.Replace("TlsFsm", "Engine");
    DotNetTool("tool", new DotNetToolSettings
    {
        ArgumentCustomization = _ => new ProcessArgumentBuilder()
            .Append("tool run dotnet-CycloneDX --").AppendQuoted($"{project}/{project}.csproj")
            .Append("--disable-package-restore --no-serial-number --include-project-references --set-nuget-purl --output-format Json")
            .Append($"--set-name {name} --set-version {number[1..]} --set-type {(name == "TlsFsm.Cli" ? "Application" : "Library")}")
            .Append($"--output {Artifacts} --filename {file}.cdx.json"),
    });
}

void Draw(params string[] arguments)
{
    var all = new ProcessArgumentBuilder();
    foreach (var argument in arguments)
        all.Append(argument);
    DotNetRun(Drawings, all, new DotNetRunSettings { Configuration = configuration, NoBuild = true });
}
