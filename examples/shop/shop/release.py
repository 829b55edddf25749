"""Tags a release and publishes the change log."""

from github import Auth, Github

TOKEN = "{fake:github-classic-pat#7}"
MIRROR_TOKEN = "ghp_" + "{fake:github-classic-pat#8!typo=17,tail}"

repository = Github(auth=Auth.Token(TOKEN)).get_repo("example/shop")
mirror = Github(auth=Auth.Token(MIRROR_TOKEN)).get_repo("example/shop-mirror")


def release(version: str, text: str) -> None:
    for each in (repository, mirror):
        each.create_git_release(version, f"Shop {version}", text)
